// Jest's jsdom has neither coders of text nor structuredClone: the package can be imported there, and what
// needs no network works.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';

for (const entry of ['index.js', 'inline.js', 'edgebert.min.js']) {
  test(`${entry} is imported without coders of text`, () => {
    const program = `
      for (const name of ['TextDecoder', 'TextEncoder', 'structuredClone', 'fetch', 'Request', 'Response'])
        delete globalThis[name];
      const { SearchIndex, WasmModel, similarity } = await import(${JSON.stringify(pathToFileURL(join(dist, entry)))});
      const index = new SearchIndex({ dimension: 2 });
      index.upsert('a', [1, 0], { n: 1 }, 'a red apple');
      const [{ id, metadata }] = index.search({ text: 'Apple' });
      const { code, message } = await WasmModel.from_type('MiniLML6V2').catch((error) => error);
      console.log(id, metadata.n, index.get('a').metadata.n, similarity([1, 0], [1, 0]), code, message);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    assert.match(stdout, /^a 1 1 1 unsupported .*@jest-environment node/, stderr);
  });
}
