// similarity and pairwise, against cosines that NumPy calculated and against one another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../support/source.mjs';
import { close, gaussians } from './support.mjs';

const { similarity, pairwise } = await source('vectors/similarity.ts');

/** numpy: a @ b / (norm(a) * norm(b)), of sin(1), sin(2) … sin(n) and cos(0.5), cos(1) … cos(n / 2). */
const FROM_NUMPY = new Map([
  [1, 1],
  [2, 0.963166446548538],
  [3, 0.9624817733913758],
  [7, 0.5441158557959919],
  [64, 0.02672299933892407],
  [385, 0.00691993450930622],
]);

test('cosines are those of NumPy, at every length of the tail', () => {
  for (const [length, expected] of FROM_NUMPY) {
    const a = Array.from({ length }, (_, i) => Math.sin(i + 1));
    const b = Array.from({ length }, (_, i) => Math.cos((i + 1) / 2));
    close(similarity(a, b), expected, 1e-7, `length ${length}`);
    close(similarity(Float32Array.from(a), b), expected, 1e-7);
    close(pairwise([a, Float32Array.from(b)])[1], expected, 1e-7);
  }
});

test('lengths make no difference, and equal directions have exactly 1', () => {
  const vector = [0.1, -0.7, 0.3];
  assert.equal(similarity(vector, vector), 1);
  for (const scale of [1e-20, 3, 1e20]) {
    const scaled = vector.map((x) => scale * x);
    assert.equal(similarity(vector, scaled), 1);
    assert.equal(
      similarity(
        scaled,
        vector.map((x) => -x),
      ),
      -1,
    );
    assert.equal(pairwise([vector, scaled])[1], 1);
  }
});

test('zeros have no direction: 0', () => {
  assert.equal(similarity([0, 0], [1, 0]), 0);
  assert.deepEqual(
    [
      ...pairwise([
        [0, 0],
        [3, 0.9624817733913758],
      ]),
    ],
    [0, 0, 0, 1],
  );
});

test('pairwise is symmetric, row-major, and the same for both forms of vectors', () => {
  for (const count of [0, 1, 2, 5, 9]) {
    const dimension = 13;
    const flat = gaussians(count, dimension, 7);
    const rows = Array.from({ length: count }, (_, i) => flat.subarray(i * dimension, (i + 1) * dimension));
    const cosines = pairwise(flat, dimension);
    assert.ok(cosines instanceof Float32Array);
    assert.equal(cosines.length, count * count);
    assert.deepEqual(cosines, pairwise(rows));
    assert.deepEqual(
      cosines,
      pairwise(
        rows.map((row) => [...row]),
        dimension,
      ),
    );
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) close(cosines[a * count + b], similarity(rows[a], rows[b]), 1e-7);
      assert.equal(cosines[a * count + a], 1);
    }
  }
});

test('what are not vectors is named', () => {
  const wrong = [
    [
      () => similarity('doctor', 'physician'),
      /TypeError: similarity takes two vectors \(received "doctor"\)\. Encode the texts first/,
    ],
    [() => similarity([1], undefined), /TypeError: .*received undefined/],
    [() => similarity([1, 2], [1]), /RangeError: .*received 2 and 1 numbers/],
    [
      () => similarity([1, NaN], [1, 2]),
      /RangeError: Element 1 of the first vector must be a finite float32 \(received NaN\)/,
    ],
    [() => similarity([1, 1e300], [1, 2]), /RangeError: Element 1 of the first vector .*received 1e\+300/],
    [
      () => similarity([1, 2], [Infinity, 2]),
      /RangeError: Element 0 of the second vector .*received Infinity/,
    ],
    [() => pairwise(new Float32Array(6)), /TypeError: `dimension` must be given/],
    [
      () => pairwise(new Float32Array(6), 4),
      /RangeError: `vectors` must have a multiple of 4 numbers.*received 6/,
    ],
    [
      () => pairwise(new Float32Array(6), 0),
      /RangeError: `dimension` must be a positive integer \(received 0\)/,
    ],
    [() => pairwise([[1, 2], [1]]), /RangeError: vectors\[1\] must have 2 numbers \(received 1\)/],
    [() => pairwise([[]]), /RangeError: vectors\[0\] must have at least one number \(received 0\)/],
    [
      () =>
        pairwise([
          [1, 2],
          [1, NaN],
        ]),
      /RangeError: Element 1 of vectors\[1\] .*received NaN/,
    ],
    [() => pairwise([, [1, 2]]), /TypeError: vectors\[0\] must be .*received undefined/],
    [() => pairwise(new Array(2), 2), /TypeError: vectors\[0\] must be .*received undefined/],
    [() => pairwise([1, 2]), /TypeError: vectors\[0\] must be .*received 1\)/],
    [() => pairwise('a text'), /TypeError: `vectors` must be .*received "a text"/],
  ];
  for (const [attempt, message] of wrong)
    assert.throws(attempt, (error) => message.test(String(error)) || assert.fail(String(error)));
});
