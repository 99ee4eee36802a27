/**
 * The dot products of one vector with rows `from` to `to` of a matrix, summed in float64:
 * `out[row] = Σ vector[start + i] · rows[row × length + i]`.
 *
 * Four rows at a time, so that each number of the vector is read once for all four, and four sums
 * run side by side instead of each addition waiting for the one before.
 */
export function dots(
  vector: Float32Array,
  start: number,
  rows: Float32Array,
  length: number,
  from: number,
  to: number,
  out: Float64Array,
): void {
  let row = from;
  for (; row + 4 <= to; row += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let r0 = row * length;
    let r1 = r0 + length;
    let r2 = r1 + length;
    let r3 = r2 + length;
    for (let i = start; i < start + length; i++) {
      const x = vector[i]!;
      s0 += x * rows[r0++]!;
      s1 += x * rows[r1++]!;
      s2 += x * rows[r2++]!;
      s3 += x * rows[r3++]!;
    }
    out[row] = s0;
    out[row + 1] = s1;
    out[row + 2] = s2;
    out[row + 3] = s3;
  }
  for (; row < to; row++) out[row] = dot(vector, start, rows, row * length, length);
}

/** The dot product of `length` numbers of `a` from `i` on and of `b` from `j` on, in float64. */
export function dot(a: Float32Array, i: number, b: Float32Array, j: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  const end = i + length;
  for (; i + 2 <= end; i += 2, j += 2) {
    s0 += a[i]! * b[j]!;
    s1 += a[i + 1]! * b[j + 1]!;
  }
  if (i < end) s0 += a[i]! * b[j]!;
  return s0 + s1;
}

/** A cosine to float32 precision: what rounding puts beyond 1 is 1, and equal vectors have 1. */
export function cosine(value: number): number {
  return Math.fround(Math.min(1, Math.max(-1, value)));
}
