import { isInteger, wrongType } from '../shared/checks.js';

/** One vector. */
export type Vector = Float32Array | readonly number[];

/**
 * Many vectors: one after the other, as `encode` gives them (then their dimension has to be said
 * too), or an array with each on its own.
 */
export type Vectors = Float32Array | readonly Vector[];

/** Vectors as rows of float32, with what brings each to length 1. */
export interface Rows {
  readonly count: number;
  readonly dimension: number;
  /** `count × dimension` numbers. */
  readonly values: Float32Array;
  /** 1 / length of each row; 0 for a row of zeros, whose cosine to anything is taken as 0. */
  readonly inverse: Float64Array;
}

/**
 * Vectors of either form. A Float32Array is not copied.
 *
 * @throws TypeError for what are not vectors; RangeError for numbers that are not finite and for
 * vectors that are not of one dimension. Each says which.
 */
export function rowsOf(vectors: Vectors, dimension: number | undefined): Rows {
  if (dimension !== undefined) isInteger(1)('`dimension`', dimension);
  const flat = vectors instanceof Float32Array ? vectors : flatten(vectors, dimension);
  dimension ??= vectors instanceof Float32Array ? missingDimension() : vectors[0]?.length || 1;
  if (flat.length % dimension !== 0) {
    throw new RangeError(
      `\`vectors\` must have a multiple of ${dimension} numbers, the dimension (received ${flat.length})`,
    );
  }
  const count = flat.length / dimension;
  const inverse = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let squares = 0;
    for (const end = at + dimension; at < end; at++) squares += flat[at]! * flat[at]!;
    if (!Number.isFinite(squares)) throw notFinite(`vectors[${row}]`, flat.subarray(at - dimension, at));
    if (squares > 0) inverse[row] = 1 / Math.sqrt(squares);
  }
  return { count, dimension, values: flat, inverse };
}

/** Says which number of `vector` is none, or is infinite as float32. */
export function notFinite(name: string, vector: ArrayLike<number>): Error {
  const at = Array.from(vector).findIndex((number) => !Number.isFinite(Math.fround(number)));
  return new RangeError(`Element ${at} of ${name} must be a finite float32 (received ${String(vector[at])})`);
}

export function isVector(value: unknown): value is Vector {
  return value instanceof Float32Array || (Array.isArray(value) && typeof (value[0] ?? 0) === 'number');
}

function missingDimension(): never {
  throw new TypeError('`dimension` must be given for vectors in one Float32Array, such as `model.dimension`');
}

function flatten(vectors: readonly Vector[], dimension: number | undefined): Float32Array {
  if (!Array.isArray(vectors)) {
    wrongType('`vectors`', 'a Float32Array or an array of vectors', vectors);
  }
  // Where one is missing, `forEach` would pass over it.
  for (const [row, vector] of vectors.entries()) {
    if (!isVector(vector)) {
      wrongType(`vectors[${row}]`, 'a Float32Array or an array of numbers', vector);
    }
    dimension ??= vector.length;
    if (vector.length !== dimension || dimension === 0) {
      const expected = dimension === 0 ? 'at least one number' : `${dimension} numbers`;
      throw new RangeError(`vectors[${row}] must have ${expected} (received ${vector.length})`);
    }
  }
  const flat = new Float32Array(vectors.length * (dimension ?? 0));
  vectors.forEach((vector, row) => flat.set(vector, row * dimension!));
  return flat;
}
