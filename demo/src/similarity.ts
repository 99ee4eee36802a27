/**
 * Cosines of all pairs of L2-normalised vectors. A pair that lacks a vector is undefined.
 */
export function similarities(vectors: readonly (Float32Array | undefined)[]): (number | undefined)[][] {
  return vectors.map((a) => vectors.map((b) => a && b && dot(a, b)));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
