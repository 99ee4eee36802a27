import { Failure } from '../errors.js';
import { plainIntegers } from '../json.js';

/** A text to encode, with what came beside it. */
export interface TextRecord {
  readonly text: string;
  /** From `--id-field`. */
  readonly id?: unknown;
  /** From the field that `FieldNames.vector` names. */
  readonly vector?: Float32Array;
  /** The record's other fields, which are copied to outputs that have room for them. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Which fields of a record hold its text and its id. */
export interface FieldNames {
  readonly text: string;
  readonly id: string | undefined;
  /** Set where vectors are read instead of being computed; a text may then be missing. */
  readonly vector?: string | undefined;
}

export const INVALID_POLICIES = ['fail', 'skip', 'replace'] as const;
export type InvalidPolicy = (typeof INVALID_POLICIES)[number];

/**
 * What happens to input that is not valid: bytes that are not UTF-8, a line that is not JSON, a
 * record without a text or an id. It counts what it let pass, for the summary.
 */
export class InvalidInput {
  readonly #policy: InvalidPolicy;
  #count = 0;

  constructor(policy: InvalidPolicy) {
    this.#policy = policy;
  }

  /**
   * Under `replace`, the result of `replacement`; under `skip`, undefined.
   *
   * @throws Failure under `fail`, with the reason and the way on.
   */
  handle<T>(reason: string, replacement: () => T): T | undefined {
    if (this.#policy === 'fail') {
      throw new Failure(`${reason}; --invalid skip leaves such records out, --invalid replace repairs them`);
    }
    this.#count++;
    return this.#policy === 'replace' ? replacement() : undefined;
  }

  /** `3 invalid records skipped`, or nothing. */
  get summary(): string | undefined {
    if (this.#count === 0) return undefined;
    const records = this.#count === 1 ? 'record' : 'records';
    return `${this.#count} invalid ${records} ${this.#policy === 'skip' ? 'skipped' : 'replaced'}`;
  }
}

/** The record that an object of fields makes, or undefined where it is skipped. */
export function recordOf(
  source: Readonly<Record<string, unknown>>,
  names: FieldNames,
  place: string,
  invalid: InvalidInput,
): TextRecord | undefined {
  const { [names.text]: text, ...rest } = source;
  const valid =
    names.vector !== undefined && text === undefined ? '' : textOf(text, names, source, place, invalid);
  if (valid === undefined) return undefined;
  if (names.vector === undefined) return withId(valid, rest, undefined, names, place, invalid);
  const { [names.vector]: numbers, ...others } = rest;
  const vector = vectorOf(numbers);
  if (vector) return withId(valid, others, vector, names, place, invalid);
  return invalid.handle(`${place}: the field "${names.vector}" is not an array of numbers`, () => undefined);
}

function withId(
  text: string,
  others: Readonly<Record<string, unknown>>,
  vector: Float32Array | undefined,
  names: FieldNames,
  place: string,
  invalid: InvalidInput,
): TextRecord | undefined {
  const beside = vector && { vector };
  if (names.id === undefined) return { text, ...beside, fields: others };
  const { [names.id]: id = null, ...fields } = others;
  if (id !== null) return { text, ...beside, id, fields };
  return invalid.handle(`${place} has no field "${names.id}", which --id-field names`, () => ({
    text,
    ...beside,
    id,
    fields,
  }));
}

/**
 * A record's id as indexes have them: without one, its place.
 *
 * @throws Failure for a value that no id can be made of
 */
export function idOf({ id }: TextRecord, place: number): string {
  if (id === undefined) return String(place);
  if (id === null) throw new Failure(`record ${place + 1} has no id, and none can be made up for it`);
  if (id instanceof Date) return id.toISOString();
  if (typeof id !== 'object') return String(id);
  const kind = Array.isArray(id) ? 'an array' : 'an object';
  throw new Failure(
    `the id of record ${place + 1} is ${kind} (${JSON.stringify(id, plainIntegers)}), not a string or a number`,
  );
}

function vectorOf(value: unknown): Float32Array | undefined {
  if (value instanceof Float32Array) return value;
  const numbers = value instanceof Float64Array ? Array.from(value) : value;
  if (!Array.isArray(numbers) || numbers.length === 0) return undefined;
  return numbers.every((each) => typeof each === 'number')
    ? Float32Array.from(numbers as number[])
    : undefined;
}

function textOf(
  text: unknown,
  names: FieldNames,
  source: object,
  place: string,
  invalid: InvalidInput,
): string | undefined {
  if (typeof text === 'string') return text;
  if (text === undefined) {
    const fields = Object.keys(source).join(', ') || 'none';
    return invalid.handle(
      `${place} has no field "${names.text}" (its fields: ${fields}); --text-field names another`,
      () => '',
    );
  }
  const kind = text === null ? 'null' : Array.isArray(text) ? 'an array' : `a ${typeof text}`;
  return invalid.handle(`${place}: the field "${names.text}" is ${kind}, not a string`, () =>
    text === null ? '' : typeof text === 'object' ? JSON.stringify(text) : String(text),
  );
}
