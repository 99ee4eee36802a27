import { isOneOf } from '../../shared/checks.js';
import { isRecord } from '../../shared/guards.js';
import { describe } from '../../shared/describe.js';
import type { Metadata, SearchIndexOptions } from './types.js';

/** Far beyond any model, and within what the kernels' sums allow. */
export const MAX_DIMENSION = 16_384;

/** @throws TypeError or RangeError for options that could only be a slip. */
export function checkOptions({ dimension, model, precision }: SearchIndexOptions): void {
  checkDimension(dimension);
  checkModel(model);
  if (precision !== undefined) isOneOf('int8', 'f32')('`precision`', precision);
}

function checkDimension(dimension: unknown): void {
  if (Number.isInteger(dimension) && (dimension as number) > 0 && (dimension as number) <= MAX_DIMENSION)
    return;
  throw new RangeError(
    `\`dimension\` is a whole number from 1 to ${MAX_DIMENSION}, not ${describe(dimension)}`,
  );
}

function checkModel(model: unknown): void {
  if (model === undefined || typeof model === 'string') return;
  throw new TypeError(`\`model\` is a name, such as model.info.name, not ${describe(model)}`);
}

export function checkId(what: string, id: unknown): asserts id is string {
  if (typeof id !== 'string') throw new TypeError(`${what} is a string, not ${describe(id)}`);
}

/** @throws TypeError for what is no vector, RangeError for one of another dimension or without a direction. */
export function checkVector(vector: unknown, dimension: number): asserts vector is Float32Array | number[] {
  if (!Array.isArray(vector) && !(vector instanceof Float32Array)) {
    throw new TypeError(`A vector is a Float32Array or an array of numbers, not ${describe(vector)}`);
  }
  if (vector.length !== dimension) {
    throw new RangeError(`A vector of this index has ${dimension} numbers, not ${vector.length}`);
  }
  let zero = true;
  for (let i = 0; i < dimension; i++) {
    const value: unknown = vector[i];
    if (typeof value !== 'number') throw new TypeError(`Element ${i} of the vector is ${describe(value)}`);
    if (!Number.isFinite(Math.fround(value))) {
      throw new RangeError(`Element ${i} of the vector is ${value}: it has to be a finite float32`);
    }
    if (Math.fround(value) !== 0) zero = false;
  }
  if (zero) throw new RangeError('The vector is zero: it points nowhere, so it is like nothing');
}

export function checkText(what: string, text: unknown): asserts text is string | undefined {
  if (text === undefined || typeof text === 'string') return;
  throw new TypeError(`${what} is a string, not ${describe(text)}`);
}

/** Deeper than any metadata is, and far from where copying it would overflow the stack. */
const MOST_LEVELS = 100;

/** The copy that an index keeps of what it is given. @throws TypeError for what JSON can't hold. */
export function keptMetadata(what: string, metadata: unknown): Metadata | undefined {
  if (metadata === undefined) return undefined;
  let copy: unknown;
  if (isRecord(metadata)) {
    try {
      copy = JSON.parse(JSON.stringify(metadata) ?? 'null');
    } catch (error) {
      throw new TypeError(`${what} can't be kept as JSON`, { cause: error });
    }
  }
  if (!isRecord(copy))
    throw new TypeError(`${what} is an object of names and values, not ${describe(metadata)}`);
  if (isDeeper(copy, MOST_LEVELS))
    throw new TypeError(`${what} has more than ${MOST_LEVELS} levels of objects in objects`);
  return copy;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

export function checkMost(option: string, most: unknown): void {
  if (most === Infinity || (Number.isSafeInteger(most) && (most as number) > 0)) return;
  throw new RangeError(`\`${option}\` is a whole number from 1 on, or Infinity, not ${describe(most)}`);
}

export function checkMinScore(minScore: unknown): void {
  if (minScore === undefined || (typeof minScore === 'number' && !Number.isNaN(minScore))) return;
  throw new RangeError(`\`minScore\` is a number, not ${describe(minScore)}`);
}
