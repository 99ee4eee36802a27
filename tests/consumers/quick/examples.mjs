// The examples that need nothing installed but the package.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { shows, usesServed } from '../support/page.mjs';
import { example } from '../support/project.mjs';

test('examples/plain-page compares two sentences', () =>
  usesServed(example('plain-page', 'models'), async (page) => {
    await shows(page, 'output', /^0\.58$/);
    await page.getByLabel('Another').fill('How do I reset my password?');
    await page.getByRole('button').click();
    await shows(page, 'output', /^1\.00$/);
  }));

test('examples/node finds a line by its meaning', () => {
  const folder = example('node', 'models');
  const program = ['search.mjs', 'notes.txt', 'when do I see the doctor?'];
  const env = { ...process.env, EDGEBERT_CACHE: `${folder}/cache` };
  const printed = execFileSync(process.execPath, program, { cwd: folder, encoding: 'utf8', env });
  assert.match(printed.split('\n')[0], /^0\.\d\d The physician can see you on Tuesday at nine\.$/);
  assert.equal(printed.trim().split('\n').length, 3);
});
