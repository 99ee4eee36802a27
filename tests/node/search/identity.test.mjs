// An index belongs to a model's content, not to its name or shape; and what else an entry is asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SearchIndex } from '../../../dist/index.js';
import { WordModel } from './support.mjs';

const A = { name: 'tuned', fingerprint: 'aa'.repeat(32) };
const B = { name: 'tuned', fingerprint: 'bb'.repeat(32) };

function filled(model) {
  const index = new SearchIndex({ dimension: 3, model });
  index.upsert('x', [1, 0, 0], { n: 1 }, 'the first');
  index.upsert('y', [1, 1, 0], { n: 2 }, 'the second');
  index.upsert('z', [0, 0, 1]);
  return index;
}

test('another model of the same name is refused, and both are named', () => {
  const bytes = filled(A).toBytes();
  assert.throws(
    () => SearchIndex.fromBytes(bytes, { model: B }),
    (error) =>
      error.code === 'state' &&
      /tuned \(fingerprint aaaaaaaa\).*tuned \(fingerprint bbbbbbbb\).*reembed/.test(error.message),
  );
  const same = SearchIndex.fromBytes(bytes, { model: A });
  assert.deepEqual([same.model, same.fingerprint, same.size], ['tuned', A.fingerprint, 3]);
  assert.deepEqual(SearchIndex.fromBytes(bytes).toBytes(), bytes);
});

test('where one of the two has no fingerprint, names are compared', () => {
  const named = filled('tuned');
  assert.equal(SearchIndex.fromBytes(named.bytes, { model: A }).fingerprint, A.fingerprint);
  assert.throws(() => SearchIndex.fromBytes(named.bytes, { model: { name: 'other' } }), { code: 'state' });
  assert.equal(SearchIndex.fromBytes(filled(A).bytes, { model: 'tuned' }).fingerprint, A.fingerprint);
  // Files of version 0.1.0 stay as they are.
  assert.equal(named.bytes[8], 1);
});

test('reembed gives the same entries with vectors of another model', async () => {
  const model = new WordModel('words', { dimension: 8 });
  model.info = { ...model.info, fingerprint: 'cc'.repeat(32) };
  const index = filled(A);
  await assert.rejects(index.reembed(model), { code: 'state', message: /"z" has no text/ });
  index.remove('z');
  const seen = [];
  for (const [args, wrong] of [
    [[], /`model` must be a model, such as a WorkerModel \(received undefined\)/],
    [[Promise.resolve(model)], /`model` must be .*a Promise: `await` it first/],
    [[model, { signal: {} }], /`signal` must be an AbortSignal/],
    [[model, { progress: () => {} }], /reembed has no option `progress`; did you mean `onProgress`/],
  ]) {
    await assert.rejects(index.reembed(...args), { name: 'TypeError', message: wrong });
  }
  const again = await index.reembed(model, { onProgress: (progress) => seen.push(progress) });
  assert.deepEqual([again.model, again.fingerprint, again.dimension], ['words', 'cc'.repeat(32), 8]);
  assert.deepEqual([...again.ids()], ['x', 'y']);
  assert.deepEqual(again.get('y'), { metadata: { n: 2 }, text: 'the second' });
  assert.deepEqual(seen, [{ done: 2, total: 2 }]);
  const [query] = [await model.encode(['the second'])];
  assert.equal(again.search(query)[0].id, 'y');
  assert.equal(index.size, 2);
});

test('results have their texts, and related leaves the entry itself out', () => {
  const index = filled(A);
  assert.equal(index.search([1, 0, 0])[0].text, 'the first');
  assert.equal(index.search({ text: 'second' })[0].text, 'the second');
  assert.deepEqual(
    index.related('x', { topK: 1 }).map(({ id, text }) => [id, text]),
    [['y', 'the second']],
  );
  assert.deepEqual(
    index.related('x', { filter: { n: 1 } }).map(({ id }) => id),
    [],
  );
});

test('words are found whatever their case, ẞ and ß among them', () => {
  const index = new SearchIndex({ dimension: 1 });
  index.upsert('a', [1], {}, 'Lange Straße 4');
  for (const text of ['STRAẞE', 'STRASSE', 'straße', 'strasse']) {
    assert.equal(index.search({ text })[0]?.id, 'a', text);
  }
});
