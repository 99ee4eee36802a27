// Writes a compact file: see src/packed/mod.rs for what is in it.
import { PIECE_BYTES } from '../loading/safetensors.js';
import { sha256 } from '../shared/sha256.js';
import type { Bytes } from '../shared/types.js';
import type { Tensors } from './original.js';
import { safetensorsHeader, type Tensor } from './safetensors-header.js';

/** The versions of packed files with coded tensors: with inputs as they are, and with equalised ones. */
const VERSION = '2';
const EQUALIZED_VERSION = '4';
const TABLES = 'coding.tables';
const VOCABULARY = 'tokenizer.vocabulary';

/** What was coded: the tables, and each tensor's blocks. */
export interface CodedTensors {
  readonly tables: Bytes;
  readonly blocks: ReadonlyMap<string, readonly Bytes[]>;
  /** What the inputs of maps are multiplied by, by the names of tensors; empty without calibration. */
  readonly equalizations: readonly Tensor[];
}

/** The file with everything of the packed file but its int8 tensors, which `coded` has in their place. */
export async function compactFile(
  packed: Tensors,
  coded: CodedTensors,
  about: Readonly<Record<string, string>>,
): Promise<Blob> {
  const tensors = [...tensorsOf(packed, coded)];
  const hashes: string[] = [];
  const pieces: Bytes[] = [];
  for (const piece of cut(tensors.map(({ bytes }) => bytes))) {
    hashes.push(await sha256(piece));
    pieces.push(piece);
  }
  return new Blob([headerOf(packed, tensors, metadataOf(coded, about), hashes), ...pieces], {
    type: 'application/octet-stream',
  });
}

/** The size that `compactFile` would make. */
export function compactSize(
  packed: Tensors,
  coded: CodedTensors,
  about: Readonly<Record<string, string>>,
): number {
  const tensors = [...tensorsOf(packed, coded)];
  const data = tensors.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const hashes = Array.from({ length: Math.ceil(data / PIECE_BYTES) }, () => '0'.repeat(64));
  return headerOf(packed, tensors, metadataOf(coded, about), hashes).length + data;
}

/** Float32 first, then bfloat16, so that all is aligned. */
function* tensorsOf(packed: Tensors, coded: CodedTensors): Generator<Tensor> {
  const kept = (name: string): Tensor => {
    return { name, dtype: packed.dtype(name), shape: packed.shape(name), bytes: packed.bytes(name) };
  };
  const isScale = (name: string) =>
    name.endsWith('.scale') && coded.blocks.has(name.slice(0, -'.scale'.length));
  for (const name of packed.names) {
    if (packed.dtype(name) === 'F32' && !isScale(name)) yield kept(name);
  }
  yield* coded.equalizations;
  const run = (name: string, bytes: Bytes): Tensor => ({ name, dtype: 'U8', shape: [bytes.length], bytes });
  yield run(TABLES, coded.tables);
  for (const [name, blocks] of coded.blocks) {
    for (const [number, bytes] of blocks.entries()) yield run(`${name}.block.${number}`, bytes);
  }
  yield kept(VOCABULARY);
}

function metadataOf({ equalizations }: CodedTensors, about: Readonly<Record<string, string>>) {
  return { version: equalizations.length > 0 ? EQUALIZED_VERSION : VERSION, ...about };
}

function headerOf(
  packed: Tensors,
  tensors: readonly Tensor[],
  about: Readonly<Record<string, string>>,
  hashes: readonly string[],
): Bytes {
  const metadata = { ...packed.metadata, ...about, chunks: JSON.stringify(hashes) };
  return safetensorsHeader(metadata, tensors);
}

/** The same bytes in pieces of PIECE_BYTES, the last one shorter. */
function* cut(parts: readonly Bytes[]): Generator<Bytes> {
  let left = parts.reduce((sum, { length }) => sum + length, 0);
  let piece = new Uint8Array(Math.min(PIECE_BYTES, left));
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + piece.length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < piece.length) continue;
      yield piece;
      left -= piece.length;
      piece = new Uint8Array(Math.min(PIECE_BYTES, left));
      filled = 0;
    }
  }
}
