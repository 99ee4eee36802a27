// Parcel, with no configuration.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { works } from '../support/page.mjs';
import { project, tool } from '../support/project.mjs';

test('Parcel, build', async () => {
  const folder = project();
  const args = ['build', 'index.html', '--no-cache', '--log-level', 'warn'];
  const warnings = execFileSync(process.execPath, [tool('parcel/lib/bin.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(warnings, '');
  await works(join(folder, 'dist'));
});
