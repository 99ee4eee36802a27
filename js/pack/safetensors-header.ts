import type { Bytes } from '../shared/types.js';

/** Headers are padded to this with spaces. */
const ALIGNMENT = 8;

/** A tensor that is to be written. */
export interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Bytes;
}

/** What stands in front of the bytes of `tensors`, which follow one after the other. */
export function safetensorsHeader(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly Tensor[],
): Bytes {
  const table: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    const start = end;
    end += bytes.length;
    table[name] = { dtype, shape, data_offsets: [start, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(table));
  const length = Math.ceil((8 + json.length) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length - 8), true);
  header.set(json, 8);
  return header;
}

/** The memory of an array of numbers. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Bytes {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Numbers that bfloat16 has, in it. */
export function upperHalves(numbers: Float32Array): Bytes {
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  return bytesOf(Uint16Array.from(bits, (value) => value >>> 16));
}
