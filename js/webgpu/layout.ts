import { joined } from '../shared/joined.js';
import type { Int8Matrix } from './packed.js';
import { TILE_INPUTS } from './shaders.js';

/** Float32 numbers in one buffer, each array from a whole vec4 on. */
export class Params {
  readonly #arrays: Float32Array[] = [];
  #length = 0;

  /** Returns the array's place, in vec4s. */
  add(array: Float32Array): number {
    const at = this.#length / 4;
    const padding = -array.length & 3;
    this.#arrays.push(array, new Float32Array(padding));
    this.#length += array.length + padding;
    return at;
  }

  all(): Float32Array<ArrayBuffer> {
    return joined(this.#arrays, Float32Array);
  }
}

/** Where the rows of a linear map's tensors go. */
export interface Columns {
  readonly inputs: number;
  /** A multiple of 4; columns that no row has are zeros. */
  readonly columns: number;
  /** The column of one of so many rows; without it, they are in order. */
  readonly columnOf?: ((row: number, rows: number) => number) | undefined;
}

/** A linear map as `matmul` reads it. */
export interface Blocks {
  readonly weights: Uint32Array<ArrayBuffer>;
  readonly scales: Float32Array;
  readonly bias: Float32Array;
}

/** Matrices one below the other, and what is added to each of their outputs, in blocks. */
export function blocksOf(
  matrices: readonly Int8Matrix[],
  biases: Float32Array,
  { inputs, columns, columnOf = (row) => row }: Columns,
): Blocks {
  const inputs4 = inputs / 4;
  const { groups } = matrices[0]!;
  // Tiles read whole ones.
  const weights = new Uint32Array(Math.ceil(inputs / TILE_INPUTS) * TILE_INPUTS * (columns / 4));
  const scales = new Float32Array(groups * columns);
  const bias = new Float32Array(columns);
  const bytes = new Uint8Array(inputs);
  const words = new Uint32Array(bytes.buffer);
  let row = 0;
  for (const matrix of matrices) {
    for (let r = 0; r < matrix.rows; r++, row++) {
      const column = columnOf(row, biases.length);
      bias[column] = biases[row]!;
      bytes.set(matrix.values.subarray(r * matrix.width, (r + 1) * matrix.width));
      for (let q = 0; q < inputs4; q++) weights[q * columns + column] = words[q]!;
      for (let g = 0; g < groups; g++) scales[g * columns + column] = matrix.scales[r * groups + g]!;
    }
  }
  return { weights, scales, bias };
}

/** A matrix in float32, of which `group` elements of a row share a scale. */
export function decoded({ width, values, scales, groups }: Int8Matrix, group: number): Float32Array {
  const signed = new Int8Array(values.buffer, values.byteOffset, values.length);
  return Float32Array.from(signed, (value, i) => {
    const at = Math.floor(i / width) * groups + Math.floor((i % width) / group);
    return value * scales[at]!;
  });
}
