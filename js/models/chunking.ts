import type { Chunk } from './types.js';

/** Chunks from their starts and ends, one after the other. */
export function chunksOf(text: string, ends: Uint32Array): Chunk[] {
  const chunks: Chunk[] = [];
  for (let i = 0; i < ends.length; i += 2) {
    const [start, end] = [ends[i]!, ends[i + 1]!];
    chunks.push({ text: text.slice(start, end), start, end });
  }
  return chunks;
}
