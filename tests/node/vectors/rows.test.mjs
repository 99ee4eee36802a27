// rows: views of the rows of a flat array.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows } from 'edgebert/vectors';

test('rows are views of the array', () => {
  const flat = Float32Array.of(1, 2, 3, 4, 5, 6);
  const [a, b, ...rest] = rows(flat, 3);
  assert.deepEqual([[...a], [...b], rest.length], [[1, 2, 3], [4, 5, 6], 0]);
  b[0] = 9;
  assert.equal(flat[3], 9);
  assert.deepEqual(rows(new Float32Array(0), 3), []);
});

for (const [what, args, error] of [
  ['another type', [[1, 2], 2], TypeError],
  ['no dimension', [new Float32Array(4)], TypeError],
  ['a dimension of 0', [new Float32Array(4), 0], RangeError],
  ['a length that is not a multiple', [new Float32Array(4), 3], RangeError],
]) {
  test(`rows refuses ${what}`, () => assert.throws(() => rows(...args), error));
}
