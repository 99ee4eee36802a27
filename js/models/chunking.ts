import type { TextSpan } from '../engine/types.js';
import type { Chunk } from './types.js';

/** Chunks with their texts, from their places. */
export function chunksOf(text: string, spans: readonly TextSpan[]): Chunk[] {
  return spans.map(({ start, end }) => ({ text: text.slice(start, end), start, end }));
}
