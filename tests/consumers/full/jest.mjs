// Jest with jsdom, which leaves out the fetch API, the coders of text and structuredClone: components that
// use the package can be tested there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { modelFile } from '../support/golden.mjs';
import { project } from '../support/project.mjs';

let folder;
before(() => (folder = project({ from: 'jest' })));

/** What Jest says of a test file: whether it passed, and its report. */
function jest(name, environment, text) {
  const file = join(folder, `${name}.test.mjs`);
  writeFileSync(file, `/** @jest-environment ${environment} */\n${text}`);
  const bin = join(folder, 'node_modules/jest/bin/jest.js');
  const args = ['--experimental-vm-modules', bin, '--testMatch', `**/${name}.test.mjs`, '--transform', '{}'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Tests: +\d+ passed, \d+ total/);
}

test('jsdom: every entry can be imported, and what needs no model works', () => {
  jest(
    'jsdom',
    'jsdom',
    `
    import { EdgeBertError, MiniLML6V2, SearchIndex, WasmModel, WorkerModel, similarity } from 'edgebert';

    test('entries', async () => {
      expect(typeof structuredClone).toBe('undefined');
      for (const entry of ['search', 'rerank', 'vectors', 'inline', 'langchain', 'transformers', 'ai-sdk',
        'semantic-embedder', 'pack', 'edgebert.min.js']) {
        expect(Object.keys(await import('edgebert/' + entry))).not.toEqual([]);
      }
    });

    test('vectors and search', () => {
      expect(similarity([1, 0], new Float32Array([1, 0]))).toBe(1);
      const index = new SearchIndex({ dimension: 2 });
      const metadata = { n: 1, tags: ['x'] };
      index.upsertMany(['a', 'b'], new Float32Array([1, 0, 0, 1]), [metadata, undefined], ['a red apple', undefined]);
      expect(index.search([0, 1])[0].id).toBe('b');
      expect(index.search({ text: 'Apple' })).toMatchObject([{ id: 'a', metadata, text: 'a red apple' }]);
    });

    test('a model says what to do', async () => {
      for (const Model of [WasmModel, WorkerModel]) {
        const failure = await Model.from_type(MiniLML6V2).catch((error) => error);
        expect(failure).toBeInstanceOf(EdgeBertError);
        expect(failure.code).toBe('unsupported');
        expect(failure.message).toMatch(/jest-environment node/);
      }
    });`,
  );
});

test('the environment of Node: a model works', () => {
  jest(
    'node',
    'node',
    `
    import { MiniLML6V2, WasmModel } from 'edgebert';

    test('a model', async () => {
      const model = await WasmModel.from_type(MiniLML6V2, { url: ${JSON.stringify(modelFile)}, cache: 'none' });
      expect(model.encode(['a text']).length).toBe(384);
    });`,
  );
});
