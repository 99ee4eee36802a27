// The whole file of a model as one Blob, and its pieces.
import { isRecord } from '../shared/guards.js';
import type { Bytes } from '../shared/types.js';
import type { PieceStream } from './model-store.js';

/** A file, and how long each of its pieces is. */
export interface ModelFile {
  readonly blob: Blob;
  readonly lengths: readonly number[];
}

/** A file that was read from a store; undefined for anything else. */
export function asModelFile(value: unknown): ModelFile | undefined {
  if (!isRecord(value)) return undefined;
  const { blob, lengths } = value;
  if (!(blob instanceof Blob) || !Array.isArray(lengths)) return undefined;
  const sum = lengths.reduce((sum: number, length: unknown) => {
    return Number.isSafeInteger(length) && (length as number) >= 0 ? sum + (length as number) : NaN;
  }, 0);
  return sum === blob.size ? { blob, lengths } : undefined;
}

/** A piece of a file; undefined if it has none of that number. */
export function pieceOf({ blob, lengths }: ModelFile, index: number): Blob | undefined {
  const length = lengths[index];
  if (length === undefined) return undefined;
  const start = lengths.slice(0, index).reduce((sum, length) => sum + length, 0);
  return blob.slice(start, start + length);
}

/**
 * The pieces of a file, read as one stream into memory of the caller's; undefined where streams can't do
 * that. Chromium takes a third of the time that it takes for one slice after the other.
 */
export function streamOf({ blob, lengths }: ModelFile): PieceStream | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = blob.stream().getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
  return piecesOf(reader, lengths);
}

async function* piecesOf(reader: ReadableStreamBYOBReader, lengths: readonly number[]): PieceStream {
  const most = Math.max(...lengths);
  let spent: Bytes | undefined;
  try {
    for (const length of lengths) {
      // What was handed to a worker has no memory left.
      let memory = spent?.buffer.byteLength === most ? spent.buffer : new ArrayBuffer(most);
      for (let filled = 0; filled < length;) {
        const { value } = await reader.read(new Uint8Array(memory, filled, length - filled));
        if (!value?.length) return;
        memory = value.buffer;
        filled += value.length;
      }
      spent = yield new Uint8Array(memory, 0, length);
    }
  } finally {
    // Nobody waits for what is cancelled.
    reader.cancel().catch(() => {});
  }
}
