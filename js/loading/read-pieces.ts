import { throwIfAborted } from '../shared/abort.js';
import { EdgeBertError } from '../shared/errors.js';

import type { SequentialFile } from './joined-file.js';
import type { CacheWriter } from '../storage/cache-writer.js';
import {
  parseLayout,
  pieceLength,
  pieceOffset,
  readHeader,
  type DecodedFile,
  type Layout,
} from './safetensors.js';
import type { Progress } from './progress.js';
import { Sha256, sha256 } from '../shared/sha256.js';
import { xxHash32 } from '../shared/xxhash.js';
import type { ModelSink } from './types.js';
import type { ModelStore, PieceStream, StoredModel } from '../storage/model-store.js';
import type { Bytes, KernelFinding } from '../shared/types.js';

/** What is known of a file before it is read. */
export interface Expectation {
  /** Size of the file. */
  readonly bytes?: number | undefined;
  /** Whether it is a packed file, which lists the hashes of its pieces. */
  readonly packed?: boolean;
  /** SHA-256 of piece 0, which in a packed file lists those of the other pieces. */
  readonly headerSha256?: string | undefined;
  /** SHA-256 of the whole file. */
  readonly sha256?: string | undefined;
}

/** What reading a file has shown. */
export interface ReadResult {
  readonly bytes: number;
  /** SHA-256 of every piece, the header first. */
  readonly hashes: string[];
  /** xxHash32 of every piece. */
  readonly checksums: number[];
  /** Whether the header lists the hashes of the pieces. */
  readonly packed: boolean;
  /** See {@link Layout.decoded}. */
  readonly decoded: DecodedFile | undefined;
  /** What the sink's trial of the kernels found. */
  readonly kernel: KernelFinding | undefined;
}

/** What a reading needs. */
export interface Reading {
  readonly file: SequentialFile;
  readonly expectation: Expectation;
  /** Under which key the pieces are stored, given the header's SHA-256. */
  readonly keyOf: (headerHash: string) => string;
  /** Has pieces of an earlier download that can be used again, if there may be any. */
  readonly store: ModelStore | undefined;
  readonly writer: CacheWriter;
  /** What the sink's `begin` gave, which may still be under way. */
  readonly beginning: Promise<KernelFinding | undefined>;
  readonly sink: ModelSink;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads a file from the network into the sink and the cache, piece by piece; each is checked before
 * either gets it, if its hash is known. Pieces that an interrupted download stored are read from the
 * store, so that only the rest is requested.
 */
export async function readRemote(reading: Reading): Promise<ReadResult> {
  const { file, expectation, writer, beginning, sink, progress, store } = reading;
  const whole = expectation.sha256 === undefined ? undefined : new Sha256();
  const hashes: string[] = [];
  const checksums: number[] = [];

  const take = async (index: number, { piece, hash }: HashedPiece, stored: boolean) => {
    throwIfAborted(reading.signal);
    whole?.update(piece);
    hashes.push(hash);
    if (writer.active) checksums.push(xxHash32(piece));
    if (!stored) await writer.write(key, index, piece);
    await sink.push(piece);
  };

  // Avoids an unhandled rejection, should the header fail first.
  beginning.catch(() => {});
  // Without an engine, whatever is wrong with the file does not matter.
  const failure = async (error: unknown): Promise<never> => {
    if (sink.engineFailed) await beginning;
    throw error;
  };
  const { headerSha256 } = expectation;
  const first = headerSha256 ?? expectation.sha256;
  const storedHeader = first
    ? store && (await readStored({ store, key: reading.keyOf(first) }, 0, headerSha256))
    : undefined;
  const header = storedHeader ?? (await fetchHeader(file, expectation).catch(failure));
  const kernel = await beginning;
  const key = reading.keyOf(header.hash);
  const layout = parseLayout(header.piece, file.url);
  checkLayout(layout, expectation, file.url);
  progress.expect(layout.totalBytes);
  await take(0, header, storedHeader !== undefined);

  // Without hashes there is no telling whether what is stored belongs to this header.
  let begun = store && (storedHeader ?? layout.hashes) ? { store, key } : undefined;
  // Where the connection stands; nowhere if the header was stored.
  let position = storedHeader ? -1 : layout.headerBytes;
  let spent: Bytes | undefined;
  for (let index = 1; index < layout.pieces; index++) {
    const offset = pieceOffset(layout, index);
    const length = pieceLength(layout, index);
    const stored = begun && (await readStored(begun, index, layout.hashes?.[index - 1]));
    if (stored?.piece.length === length) {
      await take(index, stored, true);
      progress.reach(offset + length, 'cache', true);
      continue;
    }
    begun = undefined;
    if (position !== offset) file.seek(offset);
    position = offset + length;
    const fetched = await fetchPiece(file, layout, index, spent);
    await take(index, fetched, false);
    // Used again, so that the memory of a whole model is not left to the garbage collector.
    spent = fetched.piece;
  }

  if (position === layout.totalBytes) await file.expectEnd();
  if (whole && whole.hex() !== expectation.sha256) {
    throw new EdgeBertError('integrity', `${file.url} is not the expected file: its SHA-256 differs`);
  }
  const packed = layout.hashes !== undefined;
  return { bytes: layout.totalBytes, hashes, checksums, packed, decoded: layout.decoded, kernel };
}

/**
 * Reads a model from the store into the sink; undefined if a piece is missing or has changed. Where the
 * pieces have checksums, the sink finds what has changed.
 */
export async function readStoredModel(
  store: ModelStore,
  model: StoredModel,
  sink: ModelSink,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<Pick<ReadResult, 'kernel'> | undefined> {
  progress.expect(model.bytes);
  const pieces = store.pieces(model);
  try {
    // The first piece is read while the engine starts.
    let reading = nextOf(pieces);
    const kernel = await sink.begin(model.files, model.kernel);
    let offset = 0;
    for (let index = 0; index < model.hashes.length; index++) {
      const piece = await reading;
      throwIfAborted(signal);
      if (!piece) return undefined;
      const checksum = model.checksums?.[index];
      if (checksum === undefined && (await sha256(piece)) !== model.hashes[index]) return undefined;
      offset += piece.length;
      await sink.push(piece, checksum);
      progress.reach(offset, 'cache', true);
      reading = nextOf(pieces, piece);
    }
    return offset === model.bytes ? { kernel } : undefined;
  } finally {
    void pieces.return();
  }
}

/** The next piece, in the memory of the one that was `spent`; undefined if it is missing or can't be read. */
async function nextOf(pieces: PieceStream, spent?: Bytes): Promise<Bytes | undefined> {
  try {
    return (await pieces.next(spent)).value ?? undefined;
  } catch {
    return undefined;
  }
}

export interface HashedPiece {
  readonly piece: Bytes;
  readonly hash: string;
}

async function hashed(piece: Bytes): Promise<HashedPiece> {
  return { piece, hash: await sha256(piece) };
}

/** A stored piece; undefined if it is missing, has changed or can't be read. */
async function readStored(
  from: { readonly store: ModelStore; readonly key: string },
  index: number,
  expected: string | undefined,
): Promise<HashedPiece | undefined> {
  const piece = await from.store.read(from.key, index).catch(() => undefined);
  if (!piece) return undefined;
  const result = await hashed(piece);
  return expected === undefined || result.hash === expected ? result : undefined;
}

function fetchHeader(file: SequentialFile, { headerSha256 }: Expectation): Promise<HashedPiece> {
  const reason = 'not the packed model that this version of edgebert expects: the SHA-256 of its header';
  return fetchTwice(file, 0, headerSha256, () => readHeader(file), reason);
}

/** Piece `index` of a file positioned at it; `spent` is memory to use again. */
export function fetchPiece(
  file: SequentialFile,
  layout: Layout,
  index: number,
  spent?: Bytes,
): Promise<HashedPiece> {
  const [offset, length] = [pieceOffset(layout, index), pieceLength(layout, index)];
  const read = (again = spent) => file.read(length, again);
  const reason = `damaged: the SHA-256 of its bytes ${offset} to ${offset + length}`;
  return fetchTwice(file, offset, layout.hashes?.[index - 1], read, reason);
}

/** Reads a piece, and once more if its hash is not the expected one. */
async function fetchTwice(
  file: SequentialFile,
  offset: number,
  expected: string | undefined,
  read: (spent?: Bytes) => Promise<Bytes>,
  reason: string,
): Promise<HashedPiece> {
  const first = await hashed(await read());
  if (expected === undefined || first.hash === expected) return first;
  file.reread(offset);
  const second = await hashed(await read(first.piece));
  if (second.hash === expected) return second;
  throw new EdgeBertError('integrity', `${file.url} is ${reason} differs`);
}

function checkLayout(layout: Layout, expectation: Expectation, url: string): void {
  if (expectation.packed && !layout.hashes) {
    throw new EdgeBertError(
      'format',
      `${url} is not a packed model; give the address of its folder to load an original`,
    );
  }
  if (expectation.bytes === undefined || layout.totalBytes === expectation.bytes) return;
  throw new EdgeBertError(
    'integrity',
    `${url} is a file of ${layout.totalBytes} bytes, not the expected one of ${expectation.bytes}`,
  );
}
