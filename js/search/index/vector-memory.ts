import { EdgeBertError } from '../../shared/errors.js';
import type { IndexPrecision } from './types.js';
import { searchKernels, type SearchKernels } from './kernels.js';

/** As in src/search/kernels/mod.rs: elements per step of a loop, and rows that pass together. */
const LANES = 16;
const TILE = 4;
const FACTOR_BYTES = 4;
/** Rows start at multiples of this, so that no load of a loop straddles two cache lines. */
const ROW_ALIGNMENT = { int8: 8, f32: 16 };
const CACHE_LINE = 64;

/** Rows in one call of a kernel: few enough that the room for their scores stays in the cache. */
export const BLOCK = 1024;
/** Room for vectors on their way in; one always fits. */
const STAGED_BYTES = 1 << 17;
const PAGE = 65_536;
/** Memory grows by at least this share, so that the calls stay few. The contents aren't copied. */
const GROWTH = 1 / 8;

/**
 * Vectors in the linear memory of a WebAssembly instance of their own: a slot for each, one after
 * the other. src/search/kernels/mod.rs describes a row. The memory holds, in this order:
 * the query, the scores and hits of a block, vectors on their way in, and the rows.
 */
export class VectorMemory {
  readonly dimension: number;
  readonly precision: IndexPrecision;
  /** Bytes of a vector's elements. */
  readonly elementBytes: number;
  readonly #kernels: SearchKernels;
  readonly #width: number;
  readonly #stride: number;
  readonly #queryAt: number;
  readonly #scoresAt: number;
  readonly #hitsAt: number;
  readonly #stagedAt: number;
  readonly #staged: number;
  readonly #rowsAt: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #factor = 0;

  constructor(dimension: number, precision: IndexPrecision) {
    const each = precision === 'int8' ? 1 : 4;
    this.dimension = dimension;
    this.precision = precision;
    this.elementBytes = dimension * each;
    this.#kernels = searchKernels();
    this.#width = roundUp(dimension, LANES);
    this.#stride = roundUp(this.#width * each + FACTOR_BYTES, ROW_ALIGNMENT[precision]);
    this.#staged = Math.max(1, Math.floor(STAGED_BYTES / (4 * this.#width)));
    // float32 takes the most room of what a query may consist of.
    this.#queryAt = roundUp(this.#kernels.__heap_base.value as number, CACHE_LINE);
    this.#scoresAt = roundUp(this.#queryAt + 4 * this.#width, CACHE_LINE);
    this.#hitsAt = this.#scoresAt + 4 * (BLOCK + TILE);
    this.#stagedAt = roundUp(this.#hitsAt + 4 * BLOCK, CACHE_LINE);
    this.#rowsAt = roundUp(this.#stagedAt + 4 * this.#width * this.#staged, CACHE_LINE);
    this.#bytes = this.#view();
    this.reserve(0);
  }

  /** Makes room for `count` rows. @throws EdgeBertError `state` where memory does not suffice. */
  reserve(count: number): void {
    const needed = this.#rowsAt + count * this.#stride - this.#bytes.length;
    if (needed <= 0) return;
    const pages = Math.ceil(needed / PAGE);
    const generous = Math.ceil((this.#bytes.length * GROWTH) / PAGE);
    if (!(generous > pages && this.#grow(generous)) && !this.#grow(pages)) {
      const size = `${count} vectors of ${this.dimension} numbers (${this.precision})`;
      throw new EdgeBertError('state', `The index can't hold ${size}: there is no memory left for it.`);
    }
    this.#bytes = this.#view();
  }

  #grow(pages: number): boolean {
    try {
      this.#kernels.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Writes `count` vectors, one after the other in `vectors`, to the slots from `slot` on. Returns
   * how many: the one after these has no direction, as it is zero or not finite.
   */
  write(slot: number, vectors: Float32Array, count: number): number {
    const { memory, write_int8, write_f32 } = this.#kernels;
    const write = this.precision === 'int8' ? write_int8 : write_f32;
    for (let done = 0; done < count;) {
      const some = Math.min(this.#staged, count - done);
      const staged = new Float32Array(memory.buffer, this.#stagedAt, some * this.#width);
      this.#stage(vectors.subarray(done * this.dimension, (done + some) * this.dimension), staged);
      write(this.#stagedAt, this.#width, this.#place(slot + done), this.#stride, some);
      const right = this.#seal(slot + done, some);
      done += right;
      if (right < some) return done;
    }
    return count;
  }

  /** The columns past the dimension are never written, so they stay zero. */
  #stage(vectors: Float32Array, staged: Float32Array): void {
    if (this.#width === this.dimension) {
      staged.set(vectors);
      return;
    }
    for (let from = 0, to = 0; from < vectors.length; from += this.dimension, to += this.#width) {
      staged.set(vectors.subarray(from, from + this.dimension), to);
    }
  }

  /**
   * Puts elements as `pack` gave them into the slots from `slot` on; returns as `write` does. What
   * fills a row up to its width is zero from the start, and nothing else is ever written there.
   */
  unpack(slot: number, elements: Uint8Array, count: number): number {
    for (let row = 0; row < count; row++) {
      const start = row * this.elementBytes;
      this.#bytes.set(elements.subarray(start, start + this.elementBytes), this.#place(slot + row));
    }
    return this.#seal(slot, count);
  }

  #seal(slot: number, count: number): number {
    const { seal_int8, seal_f32 } = this.#kernels;
    const seal = this.precision === 'int8' ? seal_int8 : seal_f32;
    return seal(this.#place(slot), this.#stride, this.#width, count);
  }

  /** Copies a row's elements, `elementBytes` of them, to `target` from `at` on. Factors follow from them. */
  pack(slot: number, target: Uint8Array, at: number): void {
    const start = this.#place(slot);
    target.set(this.#bytes.subarray(start, start + this.elementBytes), at);
  }

  copy(from: number, to: number): void {
    const start = this.#place(from);
    if (from !== to) this.#bytes.copyWithin(this.#place(to), start, start + this.#stride);
  }

  /** Makes a row one that no scan finds. */
  erase(slot: number): void {
    this.#factorOf(slot)[0] = NaN;
  }

  /** The vector in a slot, with a length of one. */
  vector(slot: number): Float32Array {
    const { buffer } = this.#kernels.memory;
    const Elements = this.precision === 'int8' ? Int8Array : Float32Array;
    const factor = this.#factorOf(slot)[0]!;
    return Float32Array.from(new Elements(buffer, this.#place(slot), this.dimension), (x) => x * factor);
  }

  /** Takes the query for the scans that follow; it is finite and not zero. */
  setQuery(query: ArrayLike<number>): void {
    const { buffer } = this.#kernels.memory;
    const int8 = this.precision === 'int8';
    const target = new (int8 ? Int16Array : Float32Array)(buffer, this.#queryAt, this.#width);
    // See src/search/kernels/int8.rs: no sum of products leaves int32 then.
    const largest = int8 ? Math.min(32_767, Math.floor((2 ** 31 - 1) / (128 * this.#width))) : 1;
    let magnitude = 0;
    for (let i = 0; i < this.dimension; i++) magnitude = Math.max(magnitude, Math.abs(query[i]!));
    let squares = 0;
    for (let i = 0; i < this.dimension; i++) {
      const scaled = (query[i]! / magnitude) * largest;
      target[i] = int8 ? Math.round(scaled) : scaled;
      squares += target[i]! ** 2;
    }
    this.#factor = 1 / Math.sqrt(squares);
  }

  /**
   * Scores up to `BLOCK` rows from `slot` on. Returns those that reach `threshold`, as places
   * counted from `slot`, and the scores of all; both are valid until the next call.
   */
  scan(slot: number, count: number, threshold: number): { hits: Uint32Array; scores: Float32Array } {
    const { memory, scan_int8, scan_f32 } = this.#kernels;
    const found = (this.precision === 'int8' ? scan_int8 : scan_f32)(
      this.#queryAt,
      this.#width,
      this.#factor,
      this.#place(slot),
      this.#stride,
      count,
      threshold,
      this.#scoresAt,
      this.#hitsAt,
    );
    return {
      hits: new Uint32Array(memory.buffer, this.#hitsAt, found),
      scores: new Float32Array(memory.buffer, this.#scoresAt, count),
    };
  }

  #place(slot: number): number {
    return this.#rowsAt + slot * this.#stride;
  }

  #factorOf(slot: number): Float32Array {
    const each = this.precision === 'int8' ? 1 : 4;
    return new Float32Array(this.#kernels.memory.buffer, this.#place(slot) + each * this.#width, 1);
  }

  #view(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#kernels.memory.buffer as ArrayBuffer);
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
