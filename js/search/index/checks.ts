import {
  checkOptions,
  isAddress,
  isAnything,
  isCallback,
  isInteger,
  isNumber,
  isOneOf,
  isSignal,
  isText,
  outOfRange,
  wrongType,
  type Check,
  type Checks,
} from '../../shared/checks.js';
import { describe, quote } from '../../shared/describe.js';
import { isRecord } from '../../shared/guards.js';
import { MAX_DIMENSION } from '../saved/index-file.js';
import type { Additions } from './entries.js';
import type {
  HybridQuery,
  IndexExpectation,
  IndexFetchOptions,
  Metadata,
  ModelIdentity,
  ReembedOptions,
  SearchIndexOptions,
  SearchOptions,
} from './types.js';

/** A name, or an object such as `model.info`. */
export const isIdentity: Check = (name, value) => {
  if (typeof value === 'string') return;
  const { name: own, fingerprint } = Object(value) as Partial<Record<keyof ModelIdentity, unknown>>;
  const textual = [own, fingerprint].every((each) => each === undefined || typeof each === 'string');
  if (isRecord(value) && textual && (own ?? fingerprint) !== undefined) return;
  wrongType(name, 'a name, or an object with `name` and `fingerprint` such as model.info', value);
};

const isMinScore: Check = (name, value) => {
  if (typeof value !== 'number') wrongType(name, 'a number', value);
  if (Number.isNaN(value)) outOfRange(name, 'a number', value);
};
export const isMost = isInteger(1, undefined, true);

const INDEX: Checks<SearchIndexOptions> = {
  dimension: isInteger(1, MAX_DIMENSION),
  model: isIdentity,
  precision: isOneOf('int8', 'f32'),
};
const EXPECTED: Checks<IndexExpectation> = { dimension: isInteger(1, MAX_DIMENSION), model: isIdentity };
const FETCH: Checks<IndexFetchOptions> = {
  ...EXPECTED,
  cache: isOneOf('auto', 'reload', 'none'),
  fetch: isCallback,
  onProgress: isCallback,
  onWarning: isCallback,
  signal: isSignal,
};
/** The filter is checked by `predicateOf`. */
export const SEARCH: Checks<SearchOptions> = { topK: isMost, filter: isAnything, minScore: isMinScore };
export const isAlpha = isNumber(0, 1);
const QUERY: Checks<HybridQuery> = { text: isText, vector: isAnything, alpha: isAlpha };
const REEMBED: Checks<ReembedOptions> = { onProgress: isCallback, signal: isSignal };

/** @throws TypeError or RangeError for options that make no sense */
export function checkIndexOptions(options: SearchIndexOptions): void {
  checkOptions('SearchIndex', options, INDEX);
  INDEX.dimension('`dimension`', (options as SearchIndexOptions | undefined)?.dimension);
}

export function checkExpectation(call: string, expected: unknown): void {
  checkOptions(call, expected, EXPECTED);
}

export function checkFetchOptions(url: unknown, options: unknown): void {
  isAddress('`url`', url);
  checkOptions('SearchIndex.fetch', options, FETCH);
}

export function checkSearchOptions(call: string, options: unknown): void {
  checkOptions(call, options, SEARCH);
}

export function checkReembed(model: unknown, options: unknown): void {
  if (typeof Object(model).encode !== 'function')
    wrongType('`model`', 'a model, such as a WorkerModel', model);
  checkOptions('reembed', options, REEMBED);
}

/** @throws TypeError or RangeError for a query that has anything but a text, a vector and an alpha */
export function checkHybridQuery(query: unknown): void {
  const { then } = Object(query) as { then?: unknown };
  if (typeof then === 'function') wrongType('The query', 'a vector or an object', query);
  checkOptions('A query', query, QUERY);
}

export function checkId(what: string, id: unknown): asserts id is string {
  if (typeof id !== 'string') wrongType(what, 'a string', id);
}

/**
 * @param name of the vector in errors, where it is not the only one
 * @throws TypeError for what is not a vector, RangeError for another dimension or a zero vector
 */
export function checkVector(
  vector: unknown,
  dimension: number,
  name?: string,
): asserts vector is Float32Array | number[] {
  if (!Array.isArray(vector) && !(vector instanceof Float32Array)) {
    wrongType(name ?? 'A vector', 'a Float32Array or an array of numbers', vector);
  }
  if (vector.length !== dimension) {
    const what = name ?? 'A vector of this index';
    throw new RangeError(`${what} must have ${dimension} numbers (received ${vector.length})`);
  }
  const own = name ?? 'the vector';
  let zero = true;
  for (let i = 0; i < dimension; i++) {
    const value: unknown = vector[i];
    if (typeof value !== 'number') wrongType(`Element ${i} of ${own}`, 'a number', value);
    if (!Number.isFinite(Math.fround(value))) {
      throw new RangeError(`Element ${i} of ${own} must be a finite float32 (received ${value})`);
    }
    if (Math.fround(value) !== 0) zero = false;
  }
  if (!zero) return;
  throw new RangeError(
    `${name ?? 'The vector'} must not be all zeros: cosine similarity is undefined for it`,
  );
}

/**
 * The arguments of `upsertMany`, with copies of the metadata.
 *
 * @throws TypeError or RangeError, but for vectors without a direction
 */
export function checkAdditions(
  ids: readonly string[],
  vectors: Float32Array,
  metadata: readonly (Metadata | undefined)[],
  texts: readonly (string | undefined)[],
  dimension: number,
): Additions {
  if (!Array.isArray(ids)) wrongType('`ids`', 'an array of strings', ids);
  if (!(vectors instanceof Float32Array)) wrongType('`vectors`', 'one Float32Array for all', vectors);
  const count = ids.length;
  if (vectors.length !== count * dimension) {
    const expected = `${count} × ${dimension} = ${count * dimension}`;
    throw new RangeError(`\`vectors\` must have ${expected} numbers (received ${vectors.length})`);
  }
  checkParallel('metadata', metadata, count);
  checkParallel('texts', texts, count);
  checkIds(ids);
  texts.forEach((text, i) => checkOptionalText(`texts[${i}]`, text));
  return { ids, metadata: metadata.map((each, i) => copyMetadata(`metadata[${i}]`, each)), texts };
}

function checkParallel(what: string, list: readonly unknown[], count: number): void {
  if (!Array.isArray(list)) wrongType(`\`${what}\``, 'an array', list);
  if (list.length !== 0 && list.length !== count) {
    throw new RangeError(
      `\`${what}\` must have as many elements as \`ids\`, ${count} (received ${list.length})`,
    );
  }
}

function checkIds(ids: readonly unknown[]): void {
  const first = new Map<string, number>();
  for (const [i, id] of ids.entries()) {
    checkId(`ids[${i}]`, id);
    const before = first.get(id);
    if (before !== undefined) {
      throw new RangeError(`Duplicate id ${quote(id)} at ids[${before}] and ids[${i}]`);
    }
    first.set(id, i);
  }
}

export function checkOptionalText(what: string, text: unknown): asserts text is string | undefined {
  if (text !== undefined) isText(what, text);
}

/** Deeper than any metadata is, and far from where copying it would overflow the stack. */
const MOST_LEVELS = 100;

/** A validated copy of metadata. @throws TypeError for anything that JSON can't represent */
export function copyMetadata(what: string, metadata: unknown): Metadata | undefined {
  if (metadata === undefined) return undefined;
  if (!isRecord(metadata)) wrongType(what, 'an object of names and values', metadata);
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(metadata) ?? 'null');
  } catch (error) {
    throw new TypeError(`${what} can't be represented as JSON`, { cause: error });
  }
  checkJson(what, metadata, MOST_LEVELS);
  if (!isRecord(copy)) wrongType(what, 'an object of names and values', metadata);
  // What toJSON returned has not been looked at yet.
  checkJson(what, copy, MOST_LEVELS);
  return copy;
}

/** A copy of what `copyMetadata` returned. Jest's jsdom has no `structuredClone`. */
export function cloneMetadata(metadata: Metadata | undefined): Metadata | undefined {
  return metadata && (JSON.parse(JSON.stringify(metadata)) as Metadata);
}

/** JSON makes an empty object of a Map, and of everything else that has no properties of its own. */
function checkJson(what: string, value: unknown, levels: number): void {
  // Of these JSON makes null, or nothing at all.
  if (['function', 'symbol'].includes(typeof value) || (typeof value === 'number' && !Number.isFinite(value)))
    throw new TypeError(`${what} can't be represented as JSON (it has ${describe(value)})`);
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof (value as { toJSON?: unknown }).toJSON === 'function'
  ) {
    return;
  }
  if (levels === 0) throw new TypeError(`${what} must not be nested more than ${MOST_LEVELS} levels deep`);
  if (!Array.isArray(value)) {
    const prototype: object | null = Object.getPrototypeOf(value);
    // A page's frames have an `Object` each.
    if (prototype && Object.getPrototypeOf(prototype)) {
      throw new TypeError(`${what} can't be represented as JSON (it has ${describe(value)})`);
    }
  }
  for (const inner of Object.values(value)) checkJson(what, inner, levels - 1);
}
