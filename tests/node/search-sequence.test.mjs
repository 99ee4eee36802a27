// 100,000 random steps, with files as the memory between them; the browser does as many with IndexedDB.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSequence } from '../search/sequence.js';
import { source } from './support/source.mjs';

const { SearchIndex } = await source('search/index/search-index.ts');

function file() {
  let bytes;
  return {
    put: (index) => (bytes = index.bytes),
    get: () => SearchIndex.fromBytes(bytes),
  };
}

for (const [precision, seed] of [
  ['int8', 1],
  ['f32', 2],
]) {
  test(`50,000 random steps equal brute force: ${precision}`, async () => {
    const searches = await runSequence(SearchIndex, {
      seed,
      steps: 50_000,
      precision,
      keepers: [file(), file()],
      keepEvery: 100,
    });
    assert.ok(searches > 3000);
  });
}
