import type { TextRecord } from '../input/record.js';
import type { Output } from './target.js';
import type { VectorWriter } from './writer.js';

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Rows of little-endian float32 and nothing else. */
export class Float32Writer implements VectorWriter {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  async add(_record: TextRecord, vector: Float32Array): Promise<void> {
    await this.#output.write(float32Bytes(vector));
  }

  async finish(): Promise<void> {}
}

/**
 * Rows of int8 and nothing else: each vector is divided by its largest magnitude and multiplied by
 * 127, so cosines stay comparable and dot products do not.
 */
export class Int8Writer implements VectorWriter {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  async add(_record: TextRecord, vector: Float32Array): Promise<void> {
    const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const scale = largest > 0 ? 127 / largest : 0;
    await this.#output.write(
      new Uint8Array(Int8Array.from(vector, (value) => Math.round(value * scale)).buffer),
    );
  }

  async finish(): Promise<void> {}
}

/** Bytes before the first row: a multiple of 64, as NumPy aligns its data, with room for any row count. */
export const NPY_HEADER = 128;

/**
 * NumPy's format 1.0 (NEP 1): a header of fixed size, then rows of float32. The row count is known
 * at the end, when the header is written again.
 */
export class NpyWriter implements VectorWriter {
  readonly #output: Output;
  readonly #dimension: number;
  #rows: number;
  #begun: boolean;

  /** @param rows that an output which is continued has already */
  constructor(output: Output, dimension: number, rows: number) {
    this.#output = output;
    this.#dimension = dimension;
    this.#rows = rows;
    this.#begun = rows > 0;
  }

  async add(_record: TextRecord, vector: Float32Array): Promise<void> {
    await this.#begin();
    this.#rows++;
    await this.#output.write(float32Bytes(vector));
  }

  async finish(): Promise<void> {
    await this.#begin();
    await this.#output.rewriteStart(npyHeader(this.#rows, this.#dimension));
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#output.write(npyHeader(0, this.#dimension));
  }
}

function npyHeader(rows: number, dimension: number): Uint8Array {
  const fixed = '\x93NUMPY\x01\x00';
  const length = NPY_HEADER - fixed.length - 2;
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimension}), }`;
  const text = `${fixed}${String.fromCharCode(length & 255, length >> 8)}${description.padEnd(length - 1)}\n`;
  return Buffer.from(text, 'latin1');
}

function float32Bytes(vector: Float32Array): Uint8Array {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32();
}
