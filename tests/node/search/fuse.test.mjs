// Reciprocal rank fusion beside sums written out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../support/source.mjs';
import { close } from '../vectors/support.mjs';

const { fuse, checkQuery } = await source('search/index/fusion.ts');
const hits = (...slots) => slots.map((slot, i) => ({ slot, score: 1 - i / 10 }));

test('places are fused, not scores', () => {
  const fused = fuse(hits(7, 3, 5), hits(5, 7), 0.5);
  assert.deepEqual(
    fused.map(({ slot }) => slot),
    [7, 5, 3],
  );
  const expected = [0.5 * (1 + 61 / 62), 0.5 * (61 / 63 + 1), 0.5 * (61 / 62)];
  fused.forEach(({ score }, i) => close(score, expected[i], 1e-12));
});

test('who is first in both has 1; alpha weighs; of equal scores the lower slot is first', () => {
  assert.deepEqual(fuse(hits(4), hits(4), 0.3), [{ slot: 4, score: 1 }]);
  assert.deepEqual(fuse(hits(9), hits(2), 0.75), [
    { slot: 9, score: 0.75 },
    { slot: 2, score: 0.25 },
  ]);
  assert.deepEqual(fuse(hits(9), hits(2), 0.5), [
    { slot: 2, score: 0.5 },
    { slot: 9, score: 0.5 },
  ]);
  assert.deepEqual(fuse([], [], 0.5), []);
});

test('a query says what it searches by, and what is no query is named', () => {
  const vector = [1, 0];
  assert.deepEqual(checkQuery(vector, 2), { text: undefined, vector, alpha: 1 });
  assert.deepEqual(checkQuery({ vector, alpha: 0.2 }, 2), { text: undefined, vector, alpha: 1 });
  assert.deepEqual(checkQuery({ text: 'a', alpha: 0.2 }, 2), { text: 'a', vector: undefined, alpha: 0 });
  assert.deepEqual(checkQuery({ text: 'a', vector }, 2), { text: 'a', vector, alpha: 0.5 });
  for (const [query, message] of [
    [{}, /TypeError: A query must have a `text` or a `vector`/],
    [undefined, /TypeError: A vector must be .*received undefined/],
    ['doctor', /TypeError: A vector must be .*received "doctor"/],
    [{ text: 1 }, /TypeError: `text` must be a string/],
    [{ text: 'a', vector: [1] }, /RangeError: A vector of this index must have 2 numbers/],
    [{ text: 'a', vector, alpha: 1.1 }, /RangeError: `alpha` .*received 1\.1/],
    [{ text: 'a', vector, alpha: NaN }, /RangeError: `alpha`/],
  ]) {
    assert.throws(
      () => checkQuery(query, 2),
      (error) => message.test(String(error)) || assert.fail(String(error)),
    );
  }
});
