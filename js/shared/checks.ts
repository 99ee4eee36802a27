import { describe } from './describe.js';
import { isRecord } from './guards.js';

/**
 * Throws unless the argument or option `name` can have this value: a TypeError for a wrong type or
 * an unknown word, a RangeError for a number that is out of range.
 */
export type Check = (name: string, value: unknown) => void;

/** One check for each option of a call. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

/** The same checks without some. */
export function without<All, Name extends keyof All>(checks: All, ...names: Name[]): Omit<All, Name> {
  const rest = { ...checks };
  for (const name of names) delete rest[name];
  return rest;
}

/** @throws TypeError, always */
export function wrongType(name: string, expected: string, value: unknown): never {
  throw new TypeError(`${name} must be ${expected} (received ${describe(value)})`);
}

/** @throws RangeError, always */
export function outOfRange(name: string, expected: string, value: unknown): never {
  throw new RangeError(`${name} must be ${expected} (received ${describe(value)})`);
}

function typed(type: string, expected: string): Check {
  return (name, value) => {
    if (typeof value !== type) wrongType(name, expected, value);
  };
}

export const isText: Check = typed('string', 'a string');
export const isFlag: Check = typed('boolean', 'a boolean');
export const isCallback: Check = typed('function', 'a function');

export const isAddress: Check = (name, value) => {
  if (typeof value !== 'string' && !(value instanceof URL)) wrongType(name, 'a string or a URL', value);
};

/** An AbortSignal of any realm, or something that works like one. */
export const isSignal: Check = (name, value) => {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  wrongType(name, 'an AbortSignal', value);
};

/** An object with these methods, such as a model. */
export function isObjectWith(expected: string, ...methods: readonly string[]): Check {
  return (name, value) => {
    const object = Object(value) as Record<string, unknown>;
    if (methods.some((method) => typeof object[method] !== 'function')) wrongType(name, expected, value);
  };
}

/** Any value: the code that uses it checks it. */
export const isAnything: Check = () => {};

/** An integer from `least` to `most`; `endless` allows Infinity too. */
export function isInteger(least: number, most = Number.MAX_SAFE_INTEGER, endless = false): Check {
  const range =
    most < Number.MAX_SAFE_INTEGER
      ? `an integer from ${least} to ${most}`
      : `${least === 1 ? 'a positive integer' : least === 0 ? 'a non-negative integer' : `an integer of at least ${least}`}`;
  const expected = endless ? `${range} or Infinity` : range;
  return (name, value) => {
    if (typeof value !== 'number') wrongType(name, expected, value);
    if (endless && value === Infinity) return;
    if (!Number.isSafeInteger(value) || value < least || value > most) outOfRange(name, expected, value);
  };
}

/** A finite number from `least` to `most`. */
export function isNumber(least: number, most: number): Check {
  const expected = `a number from ${least} to ${most}`;
  return (name, value) => {
    if (typeof value !== 'number') wrongType(name, expected, value);
    if (!(value >= least && value <= most)) outOfRange(name, expected, value);
  };
}

export function isOneOf(...choices: readonly string[]): Check {
  const expected = choices.map((choice) => `'${choice}'`).join(' or ');
  return (name, value) => {
    if (!choices.includes(value as string)) wrongType(name, expected, value);
  };
}

/**
 * Checks the options of `call`. Those that are undefined count as left out.
 *
 * @param kind what the names are called in errors
 * @throws TypeError for an unknown option, with the name that was probably meant, and whatever a
 * check throws
 */
export function checkOptions<Options>(
  call: string,
  options: unknown,
  checks: Checks<Options>,
  kind = 'option',
): void {
  if (options === undefined) return;
  if (!isRecord(options) || typeof options.then === 'function') {
    throw new TypeError(`The options of ${call} must be an object (received ${describe(options)})`);
  }
  const known = checks as Readonly<Record<string, Check>>;
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) throw unknownName(`${call} has no ${kind}`, name, Object.keys(known));
    if (value !== undefined) known[name]!(`\`${name}\``, value);
  }
}

/** @throws TypeError if an object has a field that is not known; `hint` says where others may go */
export function checkFields(name: string, object: object, known: readonly string[], hint: string): void {
  const unknown = Object.keys(object).find((field) => !known.includes(field));
  if (unknown !== undefined) throw unknownName(`${name} has no field`, unknown, known, hint);
}

function unknownName(problem: string, name: string, known: readonly string[], more = ''): TypeError {
  const meant =
    known.find((other) => plain(other) === plain(name)) ??
    closest(name, known) ??
    known.find((other) => name.length > 2 && plain(other).startsWith(plain(name)));
  const hint =
    meant !== undefined
      ? `did you mean \`${meant}\`?`
      : `it has ${known.map((each) => `\`${each}\``).join(', ')}.`;
  return new TypeError(`${problem} \`${name}\`; ${hint}${more}`);
}

function plain(name: string): string {
  return name.replace(/[^a-z0-9]/gi, '').toLowerCase();
}

/** The closest name, if it is close enough to be a typing error. */
function closest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.min(3, 1 + Math.floor(name.length / 3));
  for (const other of known) {
    const changes = editDistance(plain(name), plain(other));
    if (changes < least) [best, least] = [other, changes];
  }
  return best;
}

/** Letters to insert, remove or replace (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + Number(one[i - 1] !== other[j - 1]);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}

/** @throws TypeError where a program calls a constructor that only its class can call */
export function checkOpened(opened: unknown, field: string): void {
  if (Object(opened)[field] !== undefined) return;
  throw new TypeError(
    'Models have no constructor: write `await WorkerModel.from_type(…)`, or whichever class it is, or from_pretrained',
  );
}

/** @throws TypeError unless `text` is a string */
export function checkText(call: string, text: unknown): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`${call} takes a string (received ${describe(text)})`);
}

/** @throws TypeError, saying which element is wrong, unless `texts` is an array of strings */
export function checkTexts(call: string, texts: unknown): asserts texts is string[] {
  if (!Array.isArray(texts)) {
    const hint = typeof texts === 'string' ? `. For one text, write ${call}([text])` : '';
    throw new TypeError(`${call} takes an array of strings (received ${describe(texts)})${hint}`);
  }
  for (let index = 0; index < texts.length; index++) {
    if (typeof texts[index] === 'string') continue;
    throw new TypeError(
      `${call} takes an array of strings, but texts[${index}] is not one (received ${describe(texts[index])})`,
    );
  }
}
