import assert from 'node:assert/strict';

/** Fails for NaN too. */
export function close(actual, expected, tolerance, message = '') {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${message}: ${actual} instead of ${expected}`);
}

/** Numbers from 0 up to 1, from a generator that is not the one of the code under test. */
export function numbers(seed) {
  let state = BigInt(seed) * 2n + 1n;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 33n) / 2 ** 31;
  };
}

/** `count` vectors of normally distributed numbers, one after the other. */
export function gaussians(count, dimension, seed) {
  const random = numbers(seed);
  return Float32Array.from({ length: count * dimension }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
}

/** Vectors around `centres` in turn: `vector i` is that of centre `i % centres`, plus noise. */
export function planted(count, centres, dimension, noise, seed) {
  const middle = gaussians(centres, dimension, seed);
  const vectors = gaussians(count, dimension, seed + 1);
  for (let i = 0; i < vectors.length; i++) {
    const row = Math.floor(i / dimension) % centres;
    vectors[i] = middle[row * dimension + (i % dimension)] + noise * vectors[i];
  }
  return vectors;
}
