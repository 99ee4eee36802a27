// SearchIndex by words and by both: pure modes to the bit, filters, changes and files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from '../support/source.mjs';
import { close, gaussians, numbers } from '../vectors/support.mjs';

const { SearchIndex } = await import(pathToFileURL(`${dist}/index.js`).href);

const DIMENSION = 16;
const WORDS = ['the', 'river', 'lantern', 'quiet', 'market', 'Zoë', 'ERR_1042', '東京'];

function textOf(random) {
  return Array.from(
    { length: 1 + Math.floor(random() * 8) },
    () => WORDS[Math.floor(random() * WORDS.length)],
  ).join(' ');
}

/** An index of `count` entries; every tenth has no text. */
function filled(count, seed = 1) {
  const random = numbers(seed);
  const index = new SearchIndex({ dimension: DIMENSION });
  const vectors = gaussians(count, DIMENSION, seed);
  for (let i = 0; i < count; i++) {
    const vector = vectors.subarray(i * DIMENSION, (i + 1) * DIMENSION);
    index.upsert(`id ${i}`, vector, { part: i % 4 }, i % 10 === 9 ? undefined : textOf(random));
  }
  return { index, vector: gaussians(1, DIMENSION, seed + 1) };
}

const all = { topK: Infinity };

test('alpha 1 and 0 are the vector alone and the text alone, with the same scores', () => {
  const { index, vector } = filled(300);
  const text = 'river err-1042';
  for (const options of [{}, all, { topK: 3 }, { filter: { part: 2 } }, { minScore: 0.4 }]) {
    const byVector = index.search(vector, options);
    assert.deepEqual(index.search({ text, vector, alpha: 1 }, options), byVector);
    assert.deepEqual(index.search({ vector }, options), byVector);
    assert.deepEqual(index.search({ vector, alpha: 0 }, options), byVector);
    const byText = index.search({ text }, options);
    assert.ok(byText.length > 0);
    assert.deepEqual(index.search({ text, vector, alpha: 0 }, options), byText);
    assert.deepEqual(index.search({ text, alpha: 1 }, options), byText);
  }
});

test('both are fused by their places', () => {
  const { index, vector } = filled(300);
  const text = 'lantern Zoe';
  for (const [alpha, filter] of [[0.5], [0.2], [0.9, { part: 1 }]]) {
    const expected = new Map();
    for (const [ranking, weight] of [
      [index.search({ vector }, { ...all, filter }), alpha],
      [index.search({ text }, { ...all, filter }), 1 - alpha],
    ]) {
      ranking.forEach(({ id }, i) => expected.set(id, (expected.get(id) ?? 0) + (61 * weight) / (61 + i)));
    }
    const found = index.search({ text, vector, alpha }, { ...all, filter });
    assert.equal(found.length, expected.size);
    found.forEach(({ id, score }) => close(score, expected.get(id), 1e-9, id));
    found.reduce((before, { score }) => (assert.ok(score <= before), score), 1);
    assert.deepEqual(index.search({ text, vector, alpha }, { filter }), found.slice(0, 10));
    const minScore = found[20].score;
    assert.deepEqual(
      index.search({ text, vector, alpha }, { ...all, filter, minScore }),
      found.filter(({ score }) => score >= minScore),
    );
  }
  assert.deepEqual(index.search({ text, vector }), index.search({ text, vector, alpha: 0.5 }));
});

test('an error code is found among much that is nearer', () => {
  const { index, vector } = filled(500);
  const far = vector.map((x) => -x);
  index.upsert('the one', far, undefined, 'It ended with 0x80070005.');
  const ids = index.search({ text: 'what is 0x80070005', vector }).map(({ id }) => id);
  assert.ok(ids.slice(0, 2).includes('the one'));
  assert.ok(!index.search(vector).some(({ id }) => id === 'the one'));
});

test('of equal scores the one that was inserted first comes first', () => {
  const index = new SearchIndex({ dimension: 2 });
  for (const id of ['c', 'a', 'b']) index.upsert(id, [1, 0], undefined, 'same words');
  index.upsert('c', [1, 0], undefined, 'same words');
  for (const query of [{ text: 'words' }, { text: 'words', vector: [1, 0] }]) {
    assert.deepEqual(
      index.search(query).map(({ id }) => id),
      ['c', 'a', 'b'],
    );
    assert.deepEqual(
      index.search(query, { topK: 2 }).map(({ id }) => id),
      ['c', 'a'],
    );
  }
});

test('entries without text, and words that are nowhere, are found by their vectors only', () => {
  const index = new SearchIndex({ dimension: 2 });
  index.upsert('silent', [1, 0]);
  index.upsert('empty', [0, 1], undefined, '');
  assert.deepEqual(index.search({ text: 'anything' }), []);
  assert.deepEqual(index.search({ text: '' }), []);
  assert.deepEqual(
    index.search({ text: 'anything', vector: [1, 0] }).map(({ id }) => id),
    ['silent', 'empty'],
  );
});

test('after random changes, and from a file, it finds what a new index of the same finds', () => {
  const random = numbers(9);
  const { index, vector } = filled(200, 3);
  const pool = gaussians(50, DIMENSION, 4);
  // Emptied by three quarters in between, so that slots are closed up.
  for (let step = 0; step < 8000; step++) {
    const id = `id ${Math.floor(random() * 2500)}`;
    const growing = step < 4000;
    if (random() < (growing ? 0.1 : 0.8)) index.remove(id);
    else {
      const at = Math.floor(random() * 50) * DIMENSION;
      index.upsert(
        id,
        pool.subarray(at, at + DIMENSION),
        undefined,
        random() < 0.1 ? undefined : textOf(random),
      );
    }
    if (step % 1000 !== 0 && step !== 7999) continue;
    const fresh = new SearchIndex({ dimension: DIMENSION });
    for (const id of index.ids())
      fresh.upsert(id, index.vector(id), index.get(id).metadata, index.get(id).text);
    for (const text of WORDS) {
      const expected = fresh.search({ text }, all);
      const found = index.search({ text }, all);
      assert.deepEqual(found.map(({ id }) => id).sort(), expected.map(({ id }) => id).sort());
      const scores = new Map(expected.map(({ id, score }) => [id, score]));
      found.forEach(({ id, score }) => close(score, scores.get(id), 1e-12));
    }
  }
  const read = SearchIndex.fromBytes(index.bytes);
  const query = { text: 'market 東京', vector };
  assert.deepEqual(read.search(query, all), index.search(query, all));
  index.clear();
  assert.deepEqual(index.search({ text: 'the' }), []);
});

test('queries that make no sense are named', () => {
  const { index, vector } = filled(3);
  for (const [query, message] of [
    [{}, /TypeError: A query must have a `text` or a `vector`/],
    ['river', /TypeError/],
    [{ text: 5, vector }, /TypeError: `text`/],
    [{ text: 'a', vector, alpha: -0.1 }, /RangeError: `alpha`/],
    [{ text: 'a', vector: [1, NaN] }, /RangeError/],
  ]) {
    assert.throws(
      () => index.search(query),
      (error) => message.test(String(error)) || assert.fail(String(error)),
    );
  }
});
