// Bun.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { modelUrl, right } from '../support/golden.mjs';
import { program, project, tool } from '../support/project.mjs';

// The package's own command is put there by its install script, which is not run.
const bun = tool(`@oven/bun-${process.platform}-${process.arch}/bin/bun`);
const print = '\nconsole.log(JSON.stringify(globalThis.result));';

for (const entry of ['edgebert', 'edgebert/inline']) {
  test(`Bun: ${entry}`, async () => {
    const folder = project({ text: program(`{ url: '${modelUrl}', cache: 'none' }`, entry) + print });
    const output = execFileSync(bun, ['run', 'program.js'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    });
    const [onThread, inWorker] = JSON.parse(output);
    await right(onThread);
    assert.deepEqual(inWorker, onThread);
  });
}
