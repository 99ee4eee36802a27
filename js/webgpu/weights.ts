import { joined } from '../shared/joined.js';
import type { Int8Matrix, PackedModel } from './packed.js';
import { EPILOGUE, TILE_INPUTS } from './shaders.js';
import type { Shape } from './shape.js';

/** Elements that share a scale, as src/model/tensors has them; a word's row is never longer than its. */
const MAP_GROUP = 128;
const EQUALIZED_MAP_GROUP = 64;
const WORD_GROUP = 1024;
const POSITION_GROUP = 32;

export type Kernel = 'embed' | 'matmul' | 'attention' | 'norm';
/** The rows that kernels read and write. */
export type Rows = 'places' | 'hidden' | 'sum' | 'wide' | 'context';

/** One dispatch of an encoder. */
export interface Step {
  readonly kernel: Kernel;
  /** `Step` in WGSL, but for epsilon. */
  readonly fields: readonly number[];
  /** The index of its buffer of weights in {@link Weights.buffers}. */
  readonly weights: number;
  readonly input: Rows;
  readonly residual: Rows;
  readonly output: Rows;
  /** Numbers in a row of the output. */
  readonly width: number;
}

/** A model as the kernels read it. */
export interface Weights {
  /** The word table first, then one for each layer. */
  readonly buffers: Uint32Array<ArrayBuffer>[];
  /** Scales, biases, norms, positions and types. */
  readonly params: Float32Array<ArrayBuffer>;
  readonly steps: readonly Step[];
}

/** Lays a model's tensors out for the kernels. */
export function layOut(model: PackedModel, shape: Shape): Weights {
  const { names, hidden, intermediate } = shape;
  const params = new Params();
  const buffers: Uint32Array<ArrayBuffer>[] = [];
  const steps: Step[] = [];

  const norm = (name: string) => ({
    gamma: params.add(model.floats(`${name}.weight`)),
    bias: params.add(model.floats(`${name}.bias`)),
  });
  const fields = (all: Partial<Record<(typeof FIELDS)[number], number>>) =>
    FIELDS.map((name) => all[name] ?? 0);

  const words = model.int8('embeddings.word_embeddings', WORD_GROUP);
  buffers.push(padded(words.values));
  const types =
    shape.types > 0 ? model.floats('embeddings.token_type_embeddings.weight') : new Float32Array(hidden);
  steps.push({
    kernel: 'embed',
    fields: fields({
      n: hidden,
      scales: params.add(words.scales),
      positions: params.add(decoded(model.int8('embeddings.position_embeddings', POSITION_GROUP))),
      types: params.add(types),
      ...norm('embeddings.LayerNorm'),
    }),
    weights: 0,
    input: 'sum',
    residual: 'sum',
    output: 'hidden',
    width: hidden,
  });

  const group = model.equalized ? EQUALIZED_MAP_GROUP : MAP_GROUP;
  for (let index = 0; index < shape.layers; index++) {
    const layer = `${names.layer}${index}.`;
    const maps = new Maps(params);
    const map = (
      parts: readonly string[],
      inputs: number,
      outputs: number,
      epilogue: number,
      input: Rows,
      output: Rows,
    ) => {
      const matrices = parts.map((part) => model.int8(layer + part, group));
      const biases = parts.map((part) => model.floats(`${layer}${part}.bias`));
      steps.push({
        kernel: 'matmul',
        fields: fields({
          n: outputs,
          k: inputs,
          epilogue,
          group,
          // The first part's is that of all.
          equalization: params.add(
            model.equalized
              ? model.floats(`${layer}${parts[0]}.weight.equalization`)
              : new Float32Array(inputs).fill(1),
          ),
          ...maps.add(matrices, biases, inputs, outputs),
        }),
        weights: buffers.length,
        input,
        residual: 'hidden',
        output,
        width: outputs,
      });
    };
    const rest = { weights: 0, residual: 'sum', width: hidden } as const;
    const normalise = (name: string) =>
      steps.push({
        kernel: 'norm',
        fields: fields({ n: hidden, ...norm(layer + name) }),
        ...rest,
        residual: 'sum',
        input: 'sum',
        output: 'hidden',
      });
    map([names.query, names.key, names.value], hidden, 3 * hidden, EPILOGUE.none, 'hidden', 'wide');
    steps.push({
      kernel: 'attention',
      fields: fields({ n: hidden }),
      ...rest,
      input: 'wide',
      output: 'context',
    });
    map([names.attentionOutput], hidden, hidden, EPILOGUE.residual, 'context', 'sum');
    normalise(names.attentionNorm);
    map([names.up], hidden, intermediate, EPILOGUE.activation, 'hidden', 'wide');
    map([names.down], intermediate, hidden, EPILOGUE.residual, 'wide', 'sum');
    normalise(names.outputNorm);
    buffers.push(maps.words());
  }
  return { buffers, params: params.all(), steps };
}

/** `Step` in WGSL, in its order; epsilon follows. */
const FIELDS = [
  ...(['n', 'k', 'weights', 'scales', 'bias', 'gamma', 'positions', 'types', 'epilogue'] as const),
  ...(['group', 'equalization'] as const),
];

/** Float32 numbers in one buffer, each array from a whole vec4 on. */
class Params {
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

/** The maps of a layer, in blocks of 4 outputs × 4 inputs: see `matmul`. */
class Maps {
  readonly #params: Params;
  readonly #blocks: Uint32Array[] = [];
  #length = 0;

  constructor(params: Params) {
    this.#params = params;
  }

  /**
   * Adds matrices whose outputs lie side by side, as one of `inputs` and `outputs`: multiples of 4, with
   * zeros for what the matrices lack.
   */
  add(matrices: readonly Int8Matrix[], biases: readonly Float32Array[], inputs: number, outputs: number) {
    const inputs4 = inputs / 4;
    const groups = matrices[0]!.groups;
    // Tiles read whole ones.
    const blocks = new Uint32Array(Math.ceil(inputs / TILE_INPUTS) * TILE_INPUTS * (outputs / 4));
    const scales = new Float32Array(groups * outputs);
    const bias = new Float32Array(outputs);
    const row = new Uint8Array(inputs);
    const words = new Uint32Array(row.buffer);
    let output = 0;
    for (const [index, matrix] of matrices.entries()) {
      bias.set(biases[index]!, output);
      for (let r = 0; r < matrix.rows; r++, output++) {
        row.set(matrix.values.subarray(r * matrix.width, (r + 1) * matrix.width));
        for (let q = 0; q < inputs4; q++) blocks[q * outputs + output] = words[q]!;
        for (let g = 0; g < groups; g++) scales[g * outputs + output] = matrix.scales[r * groups + g]!;
      }
    }
    const at = this.#length / 4;
    this.#blocks.push(blocks);
    this.#length += blocks.length;
    return { weights: at, scales: this.#params.add(scales), bias: this.#params.add(bias) };
  }

  words(): Uint32Array<ArrayBuffer> {
    return joined(this.#blocks, Uint32Array);
  }
}

/** Bytes as whole vec4u. */
function padded(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4 * Math.ceil(bytes.length / 16));
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/** A matrix in float32. */
function decoded({ rows, width, values, scales, groups }: Int8Matrix): Float32Array {
  const signed = new Int8Array(values.buffer, values.byteOffset, values.length);
  return Float32Array.from(signed, (value, i) => {
    const group = Math.floor((i % width) / POSITION_GROUP);
    return value * scales[Math.floor(i / width) * groups + group]!;
  }).subarray(0, rows * width);
}
