import type { Output } from './output.js';

/** Writes one vector after the other in some form. */
export interface VectorWriter {
  add(vector: Float32Array, text: string): Promise<void>;
  /** After the last vector. */
  finish(): Promise<void>;
}

/** `{"text":…,"vector":[…]}` on a line each. */
export class JsonLinesWriter implements VectorWriter {
  readonly #output: Output;
  readonly #withText: boolean;

  constructor(output: Output, withText: boolean) {
    this.#output = output;
    this.#withText = withText;
  }

  async add(vector: Float32Array, text: string): Promise<void> {
    // Nine digits tell all float32 apart, where JSON.stringify would write the float64's seventeen.
    const numbers = Array.from(vector, (value) => String(Number(value.toPrecision(9))));
    const label = this.#withText ? `"text":${JSON.stringify(text)},` : '';
    await this.#output.write(Buffer.from(`{${label}"vector":[${numbers.join(',')}]}\n`));
  }

  async finish(): Promise<void> {}
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * NumPy's format 1.0 (NEP 1): a header of fixed size, then the rows in float32. How many rows there
 * are is known at the end, so the header is written again then.
 */
export class NpyWriter implements VectorWriter {
  readonly #output: Output;
  readonly #dimension: number;
  #rows = 0;

  constructor(output: Output, dimension: number) {
    this.#output = output;
    this.#dimension = dimension;
  }

  async begin(): Promise<void> {
    await this.#output.write(npyHeader(0, this.#dimension));
  }

  async add(vector: Float32Array): Promise<void> {
    this.#rows++;
    await this.#output.write(float32Bytes(vector));
  }

  async finish(): Promise<void> {
    await this.#output.rewriteStart(npyHeader(this.#rows, this.#dimension));
  }
}

/** A power of 64 bytes, as NumPy aligns the data, with room for any number of rows. */
const NPY_HEADER = 128;

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
