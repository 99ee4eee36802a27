// Mutations of bytes, texts and JSON. What is done to an input depends on the seed and on the input's
// number alone, so that any one of them can be repeated.

const FRAGMENTS = [
  ...[
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '-1',
    '1e9',
    '4294967296',
    'null',
    'true',
    '\\u0000',
    '\\ud800',
  ],
  ...['[MASK]', '[CLS', '##', '▁', 'Ġ', '<0x0A>', '\u0301', '\u0323', '\u00a0', '\ufffd', '\ud83d', '\udc69'],
  ...['\u200d', '가', '漢', 'İ', '\u{1d15e}', '\n', '\0', ' '],
];
/** Numbers at which arithmetic goes wrong. */
const EDGES = [
  0,
  1,
  2,
  3,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  1e300,
];

export class Random {
  #state;

  constructor(seed, input) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(input + 1, 0x85ebca6b)) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.#next();
  }

  #next() {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    return (this.#state = (state ^ (state << 5)) >>> 0);
  }

  /** An integer from 0 to below `limit`. */
  below(limit) {
    return this.#next() % Math.max(limit, 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Changes a text in up to five places, by UTF-16 code units: surrogates lose their other half. */
  text(text) {
    for (let changes = 1 + this.below(5); changes > 0; changes--) {
      const at = this.below(text.length + 1);
      const end = at + this.below(Math.min(text.length - at, 16) + 1);
      text = text.slice(0, at) + this.#replacement(text.slice(at, end)) + text.slice(end);
    }
    return text;
  }

  #replacement(piece) {
    switch (this.below(6)) {
      case 0:
        return String.fromCharCode(this.below(0x10000));
      case 1:
        return '';
      case 2:
        return this.pick(FRAGMENTS);
      case 3:
        return piece.repeat(1 + this.below(4));
      case 4:
        return [...piece].reverse().join('');
      default:
        return String.fromCodePoint(this.below(0x110000));
    }
  }

  /** Changes, removes, repeats or cuts off bytes. */
  bytes(bytes) {
    let changed = Uint8Array.from(bytes);
    for (let changes = 1 + this.below(4); changes > 0 && changed.length > 0; changes--) {
      const at = this.below(changed.length);
      const end = at + this.below(Math.min(changed.length - at, 64) + 1);
      const kind = this.below(8);
      if (kind < 4) changed[at] = this.below(256);
      else if (kind === 4) changed[at] ^= 1 << this.below(8);
      else if (kind === 5) changed = joined(changed.subarray(0, at), changed.subarray(end));
      else if (kind === 6) changed = joined(changed.subarray(0, end), changed.subarray(at));
      else changed = changed.slice(0, at);
    }
    return changed;
  }

  /** Changes one value somewhere in a JSON text, which stays JSON. */
  json(json) {
    const root = JSON.parse(json);
    let node = root;
    while (Object(node) === node) {
      const keys = Object.keys(node);
      if (keys.length === 0) break;
      const key = this.pick(keys);
      if (Object(node[key]) === node[key] && this.below(4) > 0) {
        node = node[key];
        continue;
      }
      const kind = this.below(8);
      if (kind === 0) delete node[key];
      else if (kind === 1) node[this.pick(FRAGMENTS)] = node[key];
      else if (kind === 2) node[key] = node[this.pick(keys)];
      else if (kind === 3) node[this.pick(keys)] = node[key];
      else node[key] = this.#value(node[key]);
      break;
    }
    return JSON.stringify(root);
  }

  #value(old) {
    const puts = [null, true, false, -1, 0.5, '', this.pick(FRAGMENTS), {}, [], [old], this.below(200)];
    if (typeof old === 'number') return this.pick([...puts, old + 1, old - 1, 2 * old, this.pick(EDGES)]);
    if (typeof old === 'string') return this.pick([...puts, this.text(old), this.text(old), old + old]);
    return this.pick([...puts, this.pick(EDGES)]);
  }

  /** Breaks a file of JSON in one way or another. */
  file(json) {
    return this.below(3) === 0 ? this.text(json) : this.json(this.below(2) ? json : this.json(json));
  }
}

export function joined(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
