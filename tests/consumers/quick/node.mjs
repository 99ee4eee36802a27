// Node: as an ES module, and where a program is no module.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelUrl, right } from '../support/golden.mjs';
import { program, project, withoutTopLevelAwait } from '../support/project.mjs';

const options = `{ url: '${modelUrl}', cache: 'none' }`;
const print = '\nconsole.log(JSON.stringify(globalThis.result));';
const run = (folder, file) =>
  execFileSync(process.execPath, [join(folder, file)], { encoding: 'utf8', maxBuffer: 1 << 24 });

for (const entry of ['edgebert', 'edgebert/inline']) {
  test(`Node, ES module: ${entry}`, async () => {
    const folder = project({ text: program(options, entry) + print });
    const [onThread, inWorker] = JSON.parse(run(folder, 'program.js'));
    await right(onThread);
    assert.deepEqual(inWorker, onThread);
  });
}

test(
  'Node, CommonJS: require',
  { skip: !process.features.require_module && 'this Node requires no ES modules' },
  async () => {
    const folder = project();
    const text = withoutTopLevelAwait(program(options), print);
    const required = text.replace(/^import (.*) from '(.*)';/, "const $1 = require('$2');");
    writeFileSync(join(folder, 'program.cjs'), required);
    const [onThread, inWorker] = JSON.parse(run(folder, 'program.cjs'));
    await right(onThread);
    assert.deepEqual(inWorker, onThread);
  },
);

test('Node: importing touches nothing, as server-side rendering needs', () => {
  const folder = project({
    text: `
      for (const name of ['window', 'document', 'Worker', 'indexedDB', 'location', 'caches']) {
        Object.defineProperty(globalThis, name, { get() { throw new Error(name + ' was touched'); } });
      }
      const compiled = WebAssembly.compile;
      WebAssembly.compile = () => { throw new Error('WebAssembly.compile was called'); };
      const { default: init } = await import('edgebert');
      await import('edgebert/inline');
      console.log(typeof init);`,
  });
  assert.equal(run(folder, 'program.js'), 'function\n');
});
