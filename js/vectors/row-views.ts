import { isInteger, wrongType } from '../shared/checks.js';

/**
 * The rows of a flat array, such as `encode` returns, as views: nothing is copied, and a change of a row
 * changes the array.
 *
 * @param vectors `n × dimension` numbers, row after row
 * @param dimension numbers in a row, such as `model.dimension`
 * @returns `n` arrays of `dimension` numbers
 * @throws TypeError for arguments of another type; RangeError if `dimension` is not a positive integer, or
 * the length is not a multiple of it
 * @example
 * const [a, b] = rows(await model.encode(['a text', 'another']), model.dimension);
 * similarity(a, b);
 */
export function rows(vectors: Float32Array, dimension: number): Float32Array[] {
  if (!(vectors instanceof Float32Array)) wrongType('`vectors`', 'a Float32Array', vectors);
  isInteger(1)('`dimension`', dimension);
  const count = vectors.length / dimension;
  if (!Number.isInteger(count)) {
    throw new RangeError(`${vectors.length} numbers are not a whole number of rows of ${dimension}`);
  }
  return Array.from({ length: count }, (_, i) => vectors.subarray(i * dimension, (i + 1) * dimension));
}
