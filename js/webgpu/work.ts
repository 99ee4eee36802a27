import type { Engine } from '../engine/engine-loader.js';
import { truncated } from '../engine/truncate.js';
import type { Tokens } from './encoder.js';
import type { Work } from './types.js';

/** Texts as tokens, and what pooling has to know of them. */
export interface Batch extends Tokens {
  /** Tokens of each text that are a prompt which pooling passes over. */
  readonly skipped: number;
}

/** Rows go to the engine for so many tokens at a time, so that its memory hardly grows. */
const FINISHED_TOKENS = 512;

export function tokenize(engine: Engine, work: Work): Batch {
  const texts = [...work.texts];
  const tokens =
    'query' in work
      ? engine.tokenizePairs(work.query, texts)
      : engine.tokenizeBatch(texts, work.settings.prompt);
  return tokens as Batch;
}

/** Some of the texts of a batch, of which the first one's tokens begin at `at`. */
export function part(batch: Batch, first: number, last: number, at: number): Batch {
  const lengths = batch.lengths.subarray(first, last);
  const end = at + total(lengths);
  const { skipped } = batch;
  return { ids: batch.ids.subarray(at, end), types: batch.types.subarray(at, end), lengths, skipped };
}

export function total(lengths: Uint32Array): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

/**
 * The numbers of texts whose hidden states the GPU has computed, a row for each token: the engine pools
 * them, and applies what follows.
 */
export function finish(
  engine: Engine,
  work: Work,
  batch: Batch,
  rows: Float32Array,
): Float32Array<ArrayBuffer> {
  const { lengths, skipped } = batch;
  const normalize = 'settings' in work && work.settings.normalize;
  const hidden = rows.length / batch.ids.length;
  const width = engine.dimension;
  const numbers = new Float32Array(lengths.length * width);
  let token = 0;
  for (let first = 0; first < lengths.length;) {
    let last = first;
    let tokens = 0;
    do tokens += lengths[last++]!;
    while (last < lengths.length && tokens + lengths[last]! <= FINISHED_TOKENS);
    const own = rows.subarray(token * hidden, (token + tokens) * hidden);
    const some = lengths.subarray(first, last);
    numbers.set(engine.finish(own, some, skipped, normalize), first * width);
    token += tokens;
    first = last;
  }
  return 'settings' in work ? truncated(numbers, width, work.settings.dimension, normalize) : numbers;
}
