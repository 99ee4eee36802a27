// What the linters of published packages say of the tarball: publint, and "are the types wrong?".
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { tarball, tool } from '../support/project.mjs';

function says(script, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool(script), ...args], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

test('publint', () => {
  const { status, output } = says('publint/src/cli.js', tarball(), '--strict');
  assert.equal(status, 0, output);
  assert.match(output, /All good!/);
});

test('are the types wrong?', () => {
  // ES modules only: Node's `require` loads them from version 20.19 on. The wasm files have no types.
  const options = ['--profile', 'esm-only', '--exclude-entrypoints', 'edgebert_bg.wasm', 'packer_bg.wasm'];
  const { status, output } = says('@arethetypeswrong/cli/dist/index.js', tarball(), ...options);
  assert.equal(status, 0, output);
});
