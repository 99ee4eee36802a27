type TensorData = Float32Array | Int8Array | Uint8Array;
type Nested = number | Nested[];

/** The part of transformers.js's `Tensor` that holds a pipeline's result. `tensor[i]` is row `i`. */
export class Tensor {
  /** The type of the numbers. */
  readonly type: 'float32' | 'int8' | 'uint8';
  /** All numbers, row after row. */
  readonly data: TensorData;
  /** The shape: `[rows, dimension]`, or `[dimension]` for one row. */
  readonly dims: number[];
  /** Where the numbers are: always `cpu`. */
  readonly location = 'cpu';
  /** One row. */
  readonly [row: number]: Tensor;

  constructor(type: Tensor['type'], data: TensorData, dims: number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
    return new Proxy(this, {
      get: (tensor, key) => {
        const row = typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : undefined;
        return row === undefined ? Reflect.get(tensor, key) : tensor.#row(row);
      },
    });
  }

  /** How many numbers there are. */
  get size(): number {
    return this.data.length;
  }

  /** The numbers as nested arrays. */
  tolist(): Nested[] {
    if (this.dims.length === 1) return Array.from(this.data);
    return Array.from(this, (row) => (row as Tensor).tolist());
  }

  /** Row by row; the numbers of a single row. */
  *[Symbol.iterator](): Generator<Tensor | number> {
    if (this.dims.length === 1) yield* this.data;
    else for (let i = 0; i < this.dims[0]!; i++) yield this[i]!;
  }

  /** The only number of a tensor that has one. */
  item(): number {
    if (this.data.length !== 1) throw new Error(`item() is for one number, and here are ${this.data.length}`);
    return this.data[0]!;
  }

  /** There is nothing to give back. */
  dispose(): void {}

  #row(index: number): Tensor {
    const [rows = 0, ...dims] = this.dims;
    if (index >= rows) throw new RangeError(`There is no row ${index}: there are ${rows}`);
    const length = this.data.length / rows;
    return new Tensor(this.type, this.data.subarray(index * length, (index + 1) * length), dims);
  }
}
