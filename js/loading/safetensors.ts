// A safetensors file: its header's length in 8 bytes, JSON that lists the tensors, then their data.
import { EdgeBertError } from '../shared/errors.js';
import { isRecord } from '../shared/guards.js';
import type { Bytes } from '../shared/types.js';
import type { SequentialFile } from './joined-file.js';

export const WEIGHTS = 'model.safetensors';
/** The safetensors format allows no larger header. */
const LARGEST_HEADER = 100_000_000;

/** How many bytes follow the first 8 of a file up to its data. */
export function headerLength(start: Bytes, name: string): number {
  if (isPytorch(start)) throw pytorchError(name);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length < 2n || length > BigInt(LARGEST_HEADER)) {
    throw malformed(name, `its first 8 bytes give a header of ${length} bytes`);
  }
  return Number(length);
}

/** Whether a file begins as those of `torch.save` do: a ZIP archive, or a pickle before that. */
function isPytorch(start: Uint8Array): boolean {
  const [a, b, c, d] = start;
  return (a === 0x50 && b === 0x4b && c === 3 && d === 4) || (a === 0x80 && (b === 2 || b === 4));
}

/** The error for a model that comes only in PyTorch's own format. */
export function pytorchError(file: string): EdgeBertError {
  return new EdgeBertError(
    'unsupported',
    `${file} is in PyTorch's own format, which edgebert does not read: convert it to ${WEIGHTS}, ` +
      `for instance with \`save_pretrained\` of transformers or sentence-transformers`,
  );
}

/** The part of a tensor's entry that the wrapper reads. */
export interface TensorEntry {
  readonly data_offsets: readonly [start: number, end: number];
}

/** A header's JSON: its tensors, and how many bytes of data they have. */
export interface HeaderFields {
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  readonly metadata: unknown;
  readonly dataBytes: number;
}

export function headerFields(json: Bytes, name: string): HeaderFields {
  const { __metadata__: metadata, ...entries } = parseJson(json, name);
  let dataBytes = 0;
  for (const [tensor, entry] of Object.entries(entries)) {
    dataBytes = Math.max(dataBytes, endOf(tensor, entry, name));
  }
  return { tensors: entries as Record<string, TensorEntry>, metadata, dataBytes };
}

function parseJson(bytes: Bytes, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw malformed(name, 'its header is not JSON', error);
  }
  if (!isRecord(value)) throw malformed(name, 'its header is not a JSON object');
  return value;
}

function endOf(tensor: string, entry: unknown, name: string): number {
  const offsets = isRecord(entry) ? entry.data_offsets : undefined;
  if (Array.isArray(offsets) && offsets.length === 2) {
    const [start, end]: unknown[] = offsets;
    if (isOffset(start) && isOffset(end) && start <= end) return end;
  }
  throw malformed(name, `tensor \`${tensor}\` has no valid data_offsets`);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function malformed(name: string, reason: string, cause?: unknown): EdgeBertError {
  return new EdgeBertError('format', `${name} is not a safetensors file: ${reason}`, { cause });
}

/** Size of every piece of a file's data section but the last. */
export const PIECE_BYTES = 1 << 20;

/**
 * A safetensors file cut into pieces. Piece 0 is the header with the 8 bytes of its length; the
 * pieces after it are the data section, PIECE_BYTES each but the last.
 */
export interface Layout {
  readonly headerBytes: number;
  readonly dataBytes: number;
  /** Size of the whole file. */
  readonly totalBytes: number;
  /** Number of pieces, the header included. */
  readonly pieces: number;
  /** SHA-256 of each data piece; only a packed file lists them. */
  readonly hashes: readonly string[] | undefined;
  /** Of a compact file: which packed int8 file its model is equal to, once it is decoded. */
  readonly decoded: DecodedFile | undefined;
}

/** The packed int8 file that the model of a compact file would be exported as. */
export interface DecodedFile {
  /** The version of packed files that it has. */
  readonly version: string;
  /** SHA-256 of its header, which lists the hashes of all the rest. */
  readonly sha256: string;
}

/** Where piece `index` begins in the file. */
export function pieceOffset(layout: Layout, index: number): number {
  return index === 0 ? 0 : layout.headerBytes + (index - 1) * PIECE_BYTES;
}

/** The length of piece `index`. */
export function pieceLength(layout: Layout, index: number): number {
  if (index === 0) return layout.headerBytes;
  return Math.min(PIECE_BYTES, layout.dataBytes - (index - 1) * PIECE_BYTES);
}

/** Reads piece 0 of a file of unknown size. */
export async function readHeader(file: SequentialFile): Promise<Bytes> {
  const length = await file.read(8);
  const headerBytes = 8 + headerLength(length, file.url);
  const rest = await file.read(headerBytes - 8);
  const header = new Uint8Array(headerBytes);
  header.set(length);
  header.set(rest, 8);
  return header;
}

/** The layout of the file with this piece 0; `name` is for error messages. */
export function parseLayout(header: Bytes, name: string): Layout {
  const headerBytes = header.length;
  if (headerBytes < 8 || headerBytes !== 8 + headerLength(header, name)) {
    throw malformed(name, `its header is not ${headerBytes} bytes long`);
  }
  const { metadata, dataBytes } = headerFields(header.subarray(8), name);
  const totalBytes = headerBytes + dataBytes;
  if (!Number.isSafeInteger(totalBytes)) throw malformed(name, 'its tensors end beyond any file');
  return {
    headerBytes,
    dataBytes,
    totalBytes,
    pieces: 1 + Math.ceil(dataBytes / PIECE_BYTES),
    hashes: parseHashes(metadata, dataBytes, name),
    decoded: parseDecoded(metadata, name),
  };
}

function parseDecoded(metadata: unknown, name: string): DecodedFile | undefined {
  if (!isRecord(metadata) || metadata.format !== 'edgebert' || metadata.decoded === undefined)
    return undefined;
  let decoded: unknown;
  try {
    decoded = JSON.parse(String(metadata.decoded));
  } catch (error) {
    throw malformed(name, '`decoded` is not JSON', error);
  }
  if (!isRecord(decoded) || typeof decoded.version !== 'string' || !isHash(decoded.sha256)) {
    throw malformed(name, '`decoded` does not give a version and a SHA-256 value');
  }
  return { version: decoded.version, sha256: decoded.sha256 };
}

/** The hashes that only a packed file lists; undefined for other safetensors files. */
function parseHashes(metadata: unknown, dataBytes: number, name: string): string[] | undefined {
  if (!isRecord(metadata) || metadata.format !== 'edgebert') return undefined;
  if (!/^[1-4]$/.test(String(metadata.version))) {
    throw new EdgeBertError(
      'unsupported',
      `${name} is a packed model of version ${String(metadata.version)}; this edgebert reads versions 1 to 4`,
    );
  }
  if (metadata.chunk_bytes !== String(PIECE_BYTES)) {
    throw malformed(name, `chunk_bytes is ${String(metadata.chunk_bytes)}, not ${PIECE_BYTES}`);
  }
  let hashes: unknown;
  try {
    hashes = JSON.parse(String(metadata.chunks));
  } catch (error) {
    throw malformed(name, '`chunks` is not JSON', error);
  }
  const expected = Math.ceil(dataBytes / PIECE_BYTES);
  if (!Array.isArray(hashes) || !hashes.every(isHash) || hashes.length !== expected) {
    throw malformed(name, `\`chunks\` does not list ${expected} SHA-256 values`);
  }
  return hashes;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
