import { createHash } from 'node:crypto';

const DIMENSION = 64;
/** Words that mean the same, for a model that knows nothing else. */
const MEANINGS = new Map([
  ['physician', 'doctor'],
  ['car', 'automobile'],
]);

/**
 * A model of the least that `SemanticSearch` asks for: a text's vector is the sum of one for each
 * of its words, and chunks are sentences. It says what it was given to encode.
 */
export class WordModel {
  dimension = DIMENSION;
  encoded = [];
  queries = [];
  info;

  constructor(name = 'words', { dimension = DIMENSION } = {}) {
    this.dimension = dimension;
    this.info = { name, maxLength: 64 };
  }

  async encode(texts, _, { signal, onProgress } = {}) {
    const vectors = new Float32Array(texts.length * this.dimension);
    for (const [i, text] of texts.entries()) {
      await this.beforeEach?.();
      signal?.throwIfAborted();
      this.encoded.push(text);
      vectors.set(this.#vector(text), i * this.dimension);
      onProgress?.({ done: i + 1, total: texts.length });
    }
    return vectors;
  }

  async chunk(text) {
    const chunks = Array.from(text.matchAll(/[^.\s][^.]*\.?/g), (match) => ({
      text: match[0],
      start: match.index,
      end: match.index + match[0].length,
    }));
    return chunks.length > 0 ? chunks : [{ text, start: 0, end: text.length }];
  }

  #vector(text) {
    const sum = new Float32Array(this.dimension);
    sum[0] = 0.01;
    for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
      const hash = createHash('sha256')
        .update(MEANINGS.get(word) ?? word)
        .digest();
      for (let i = 0; i < sum.length; i++)
        sum[i] += hash[i % 32] - 127.5 + (i < 32 ? 0 : hash[(i * 7) % 32] - 127.5);
    }
    const length = Math.hypot(...sum);
    return sum.map((x) => x / length);
  }
}

export const NOTES = [
  {
    id: 'health',
    title: 'Health',
    text: 'I saw the physician on Monday. She was kind.',
    metadata: { tag: 'private' },
  },
  {
    id: 'garage',
    text: 'The automobile is blue. It failed with ERR_1042.',
    metadata: { tag: 'work', year: 2025 },
  },
  { id: 'fruit', text: '  Bananas are yellow.  ', metadata: { tag: 'work' } },
];
