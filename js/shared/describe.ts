/** A short name for any value, for error messages: `a number (42)`. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name && name !== 'Object' ? `an instance of ${name}` : 'an object';
  }
  if (typeof value === 'function') return 'a function';
  return `a ${typeof value} (${String(value)})`;
}

/** Throws a TypeError that says where and what, unless `texts` is an array of strings. */
export function checkTexts(method: string, texts: unknown): asserts texts is string[] {
  if (!Array.isArray(texts)) {
    const hint = typeof texts === 'string' ? `; for one text, write ${method}([text])` : '';
    throw new TypeError(`${method} takes an array of strings, not ${describe(texts)}${hint}`);
  }
  for (let index = 0; index < texts.length; index++) {
    if (typeof texts[index] !== 'string') {
      throw new TypeError(
        `${method} takes an array of strings, but texts[${index}] is ${describe(texts[index])}`,
      );
    }
  }
}

/** Throws a TypeError unless `text` is a string. */
export function checkText(method: string, text: unknown): asserts text is string {
  if (typeof text !== 'string') {
    throw new TypeError(`${method} takes a string, not ${describe(text)}`);
  }
}
