import { describe } from '../shared/describe.js';
import type { Chunk, ChunkOptions } from './types.js';

/** [CLS] and [SEP]. */
const MARKS = 2;

/**
 * The options with their defaults, or a TypeError for values that are no numbers of word pieces.
 * A prompt, alone between [CLS] and [SEP], has `promptTokens`.
 */
export function chunkOptions(
  { maxTokens, overlap = 0 }: ChunkOptions,
  maxLength: number,
  promptTokens: number,
): Required<ChunkOptions> {
  checkCount('maxTokens', (maxTokens ??= maxLength - promptTokens + MARKS), 1);
  checkCount('overlap', overlap, 0);
  return { maxTokens, overlap };
}

function checkCount(option: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new TypeError(
    `\`${option}\` is a whole number of word pieces from ${least} on, not ${describe(value)}`,
  );
}

/** Chunks from their starts and ends, one after the other. */
export function chunksOf(text: string, ends: Uint32Array): Chunk[] {
  const chunks: Chunk[] = [];
  for (let i = 0; i < ends.length; i += 2) {
    const [start, end] = [ends[i]!, ends[i + 1]!];
    chunks.push({ text: text.slice(start, end), start, end });
  }
  return chunks;
}
