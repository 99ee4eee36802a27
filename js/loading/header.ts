// The header of a safetensors file: its length in 8 bytes, then JSON that lists the tensors.
import { EdgeBertError } from '../shared/errors.js';
import { isRecord } from '../shared/guards.js';

import { pytorchError } from './side-files.js';
import type { Bytes } from '../shared/types.js';

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

/** A tensor's entry, as far as the wrapper looks at it. */
export interface TensorEntry {
  readonly data_offsets: readonly [start: number, end: number];
}

/** What a header's JSON says: its tensors, and how many bytes of data they have. */
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
