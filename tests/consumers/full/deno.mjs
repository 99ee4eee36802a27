// Deno, with the package in node_modules.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelUrl, right } from '../support/golden.mjs';
import { program, project, tool } from '../support/project.mjs';

const print = '\nconsole.log(JSON.stringify(globalThis.result));';

function run(folder, permissions) {
  const args = [tool('deno/bin.cjs'), 'run', '--no-remote', '--no-prompt', ...permissions, 'program.js'];
  const env = {
    ...process.env,
    XDG_CACHE_HOME: join(folder, 'cache'),
    DENO_DIR: join(folder, 'deno'),
    DENO_NO_UPDATE_CHECK: '1',
  };
  return execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 1 << 24 });
}

for (const entry of ['edgebert', 'edgebert/inline']) {
  test(`Deno: ${entry}`, async () => {
    const folder = project({ text: program(`{ url: '${modelUrl}', cache: 'none' }`, entry) + print });
    const [onThread, inWorker] = JSON.parse(run(folder, ['--allow-read']));
    await right(onThread);
    assert.deepEqual(inWorker, onThread);
  });
}

test('Deno, with files for a cache', async () => {
  const folder = project({ text: program(`{ url: '${modelUrl}' }`) + print });
  mkdirSync(join(folder, 'cache'));
  const permissions = [
    '--allow-read',
    `--allow-write=${join(folder, 'cache')}`,
    '--allow-env',
    '--allow-sys',
  ];
  const [onThread] = JSON.parse(run(folder, permissions));
  await right(onThread);
});
