// The figures by which the engine is judged must themselves be right. Expected values are SciPy's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, cosine, spearman } from './statistics.mjs';

test('Spearman shares ranks among equal values', () => {
  assert.ok(Math.abs(spearman([1, 2, 2, 4, 5], [5, 6, 7, 8, 7]) - 0.7631578947368421) < 1e-12);
  assert.equal(spearman([1, 2, 3], [10, 20, 30]), 1);
  assert.equal(spearman([1, 2, 3], [0.3, 0.2, 0.1]), -1);
});

test('a cosine compares rows by direction', () => {
  assert.ok(Math.abs(cosine([0, 0, 3, 4], 1, [4, 3], 0, 2) - 0.96) < 1e-12);
});

test('a row that is not a number is the worst, not skipped', () => {
  const { min, mean, worst } = agreement([1, 0, NaN, 1, 0, 1], [1, 0, 1, 1, 1, 1], 2);
  assert.deepEqual(worst, [1, 2, 0]);
  assert.ok(Number.isNaN(min) && Number.isNaN(mean));
});
