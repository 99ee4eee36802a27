import { describe } from '../shared/describe.js';
import { cosine, dots } from './dots.js';
import { isVector, notFinite, rowsOf, type Vector, type Vectors } from './rows.js';

/**
 * The cosine of two vectors, from -1 to 1, whatever their lengths are; 0 where one has no
 * direction, being all zeros.
 *
 * @throws TypeError for what is not a vector; RangeError where the dimensions differ or a number is
 * not finite.
 */
export function similarity(a: Vector, b: Vector): number {
  for (const vector of [a, b]) {
    if (isVector(vector)) continue;
    const hint = typeof vector === 'string' ? '. Encode the texts first' : '';
    throw new TypeError(`similarity takes two vectors (received ${describe(vector)})${hint}`);
  }
  if (a.length !== b.length) {
    throw new RangeError(
      `similarity takes vectors of the same dimension (received ${a.length} and ${b.length} numbers)`,
    );
  }
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squaresA += a[i]! * a[i]!;
    squaresB += b[i]! * b[i]!;
  }
  if (!Number.isFinite(squaresA)) throw notFinite('the first vector', a);
  if (!Number.isFinite(squaresB)) throw notFinite('the second vector', b);
  const lengths = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return lengths > 0 ? cosine(product / lengths) : 0;
}

/**
 * The cosines of all pairs of `n` vectors: `n × n` numbers, row after row, the same above and below
 * the diagonal. It takes `4 n²` bytes; of thousands of vectors, `duplicates` finds the close pairs
 * without.
 *
 * @param dimension the vectors' dimension, if they are in one Float32Array
 * @throws TypeError for what are not vectors; RangeError where dimensions differ or a number is not
 * finite.
 */
export function pairwise(vectors: Vectors, dimension?: number): Float32Array {
  const rows = rowsOf(vectors, dimension);
  const { count, values, inverse } = rows;
  const cosines = new Float32Array(count * count);
  const products = new Float64Array(count);
  for (let a = 0; a < count; a++) {
    dots(values, a * rows.dimension, values, rows.dimension, a, count, products);
    for (let b = a; b < count; b++) {
      const value = cosine(products[b]! * inverse[a]! * inverse[b]!);
      cosines[a * count + b] = value;
      cosines[b * count + a] = value;
    }
  }
  return cosines;
}
