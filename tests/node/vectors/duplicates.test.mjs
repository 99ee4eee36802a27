// duplicates against a comparison of all pairs, which prunes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../support/source.mjs';
import { gaussians, planted } from './support.mjs';

const { duplicates } = await source('vectors/duplicates.ts');
const { similarity } = await source('vectors/similarity.ts');

/** Every pair at or above the threshold, in the promised order. */
function bruteForce(flat, dimension, threshold) {
  const row = (i) => flat.subarray(i * dimension, (i + 1) * dimension);
  const pairs = [];
  for (let a = 0; a < flat.length / dimension; a++) {
    for (let b = a + 1; b < flat.length / dimension; b++) {
      const score = similarity(row(a), row(b));
      if (score >= threshold) pairs.push({ a, b, score });
    }
  }
  return pairs.sort((one, other) => other.score - one.score || one.a - other.a || one.b - other.b);
}

for (const [what, flat, dimension] of [
  ['groups', planted(150, 40, 96, 0.3, 1), 96],
  ['one direction in all', planted(120, 1, 64, 0.5, 2), 64],
  ['nothing in common', gaussians(100, 7, 3), 7],
  ['two dimensions', gaussians(60, 2, 4), 2],
]) {
  test(`the pairs are those of a comparison of all: ${what}`, () => {
    for (const threshold of [-1, 0.3, 0.8, 0.9, 0.97, 1]) {
      const found = duplicates(flat, { dimension, threshold });
      const expected = bruteForce(flat, dimension, Math.fround(threshold));
      const strip = ({ a, b }) => `${a} ${b}`;
      // The two sum in different orders: scores may differ in the last bit, and so equal scores in order.
      assert.deepEqual(found.map(strip).sort(), expected.map(strip).sort(), `threshold ${threshold}`);
      found.forEach(({ score }, i) => assert.ok(Math.abs(score - expected[i].score) < 2e-7));
    }
  });
}

test('equal vectors are pairs of score 1, in the order of the vectors, at any length', () => {
  const found = duplicates(
    [
      [1, 2],
      [5, -1],
      [0.1, 0.2],
      [1, 2],
    ],
    { threshold: 1 },
  );
  assert.deepEqual(found, [
    { a: 0, b: 2, score: 1 },
    { a: 0, b: 3, score: 1 },
    { a: 2, b: 3, score: 1 },
  ]);
});

test('the threshold is 0.9 by default', () => {
  const at = (cosine) => [cosine, Math.sqrt(1 - cosine * cosine)];
  assert.deepEqual(
    duplicates([[1, 0], at(0.91), at(-0.89)]).map(({ a, b }) => [a, b]),
    [[0, 1]],
  );
});

test('of more pairs than the limit, the closest are kept, and of equal ones the first', () => {
  const flat = planted(80, 3, 16, 0.4, 5);
  const all = duplicates(flat, { dimension: 16, threshold: 0.5 });
  for (const limit of [1, 10, 100])
    assert.deepEqual(duplicates(flat, { dimension: 16, threshold: 0.5, limit }), all.slice(0, limit));
  const same = new Float32Array(2 * 3000).fill(1);
  const first = duplicates(same, { dimension: 2, limit: 4 });
  assert.deepEqual(
    first.map(({ a, b }) => [a, b]),
    [
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
    ],
  );
});

test('no vectors, one vector and zeros have no duplicates', () => {
  assert.deepEqual(duplicates([]), []);
  assert.deepEqual(duplicates(new Float32Array(3), { dimension: 3 }), []);
  assert.deepEqual(
    duplicates([
      [0, 0],
      [0, 0],
      [1, 0],
    ]),
    [],
  );
});

test('options that make no sense are named', () => {
  for (const [options, message] of [
    [{ threshold: 1.5 }, /RangeError: `threshold` .*received 1\.5/],
    [{ threshold: NaN }, /RangeError: `threshold`/],
    [{ threshold: '0.9' }, /TypeError: `threshold` .*received "0.9"/],
    [{ limit: 0 }, /RangeError: `limit`/],
  ]) {
    assert.throws(
      () => duplicates([[1]], options),
      (error) => message.test(String(error)),
    );
  }
  assert.throws(() => duplicates([[1], [NaN]]), /Element 0 of vectors\[1\] .*received NaN/);
});
