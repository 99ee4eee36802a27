/** Strings are cut to this in error messages. */
const LONGEST = 60;

/** What was received, for error messages: `42`, `"topk"`, `an array of 3`. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object') {
    // The commonest mistake with asynchronous models, and the hardest to see.
    if (typeof (value as { then?: unknown }).then === 'function') return 'a Promise: `await` it first';
    const name = value.constructor?.name;
    return name && name !== 'Object' ? `an instance of ${name}` : 'an object';
  }
  if (typeof value === 'function') return 'a function';
  return String(value);
}

/** A name or a text in quotation marks, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}
