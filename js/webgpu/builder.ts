import { joined } from '../shared/joined.js';
import { blocksOf, decoded, Params, type Columns } from './layout.js';
import type { PackedModel } from './packed.js';
import { anglesOf, distanceBiases } from './positions.js';
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
  readonly output: Rows;
  readonly residual: Rows;
  /** Columns of its result, which workgroups share. */
  readonly columns: number;
}

/** A model as the kernels read it. */
export interface Weights {
  /** The word table first, then the maps. */
  readonly buffers: readonly (Uint8Array | Uint32Array)[];
  /** Scales, biases, norms, positions and types. */
  readonly params: Float32Array<ArrayBuffer>;
  /** What is done with a batch, in this order. The output of the last one is the hidden states. */
  readonly steps: readonly Step[];
}

/** A linear map of a layer. */
export interface LinearMap extends Columns {
  /** The names of its tensors, whose outputs lie side by side. */
  readonly parts: readonly string[];
  readonly epilogue: number;
  /** Numbers in a row of what it stores: less than columns, where two of them make one. */
  readonly outputs: number;
  /** The base of the angles of rotary positions, for the epilogue that turns by them. */
  readonly theta?: number | undefined;
}

/** `Step` in WGSL, in its order; epsilon follows. */
const FIELDS = [
  ...(['n', 'k', 'width', 'scales', 'bias', 'gamma', 'positions', 'types', 'epilogue'] as const),
  ...(['group', 'equalization', 'head', 'window'] as const),
];
type Fields = Partial<Record<(typeof FIELDS)[number], number>>;

/** Puts an encoder's steps together, each with its tensors as the kernels read them. */
export class Builder {
  /** What the names of tensors begin with. */
  prefix = '';
  readonly #model: PackedModel;
  readonly #shape: Shape;
  readonly #params = new Params();
  readonly #buffers: (Uint8Array | Uint32Array)[] = [];
  readonly #steps: Step[] = [];
  /** Places of the angles by their base. */
  readonly #angles = new Map<number, number>();
  #distances: number | undefined;

  constructor(model: PackedModel, shape: Shape) {
    this.#model = model;
    this.#shape = shape;
  }

  build(): Weights {
    return { buffers: this.#buffers, params: this.#params.all(), steps: this.#steps };
  }

  /** The first step: embeddings and their norm. */
  embed(output: Rows): void {
    const { names, types, isModern } = this.#shape;
    const words = this.#model.int8(names.words, WORD_GROUP);
    this.#buffers.push(words.values);
    const fields: Fields = { scales: this.#params.add(words.scales), ...this.#norm(names.embeddingNorm) };
    if (!isModern) {
      const positions = this.#model.int8('embeddings.position_embeddings', POSITION_GROUP);
      fields.positions = this.#params.add(decoded(positions, POSITION_GROUP));
    }
    if (types > 0) fields.types = this.#floats('embeddings.token_type_embeddings.weight');
    this.#add('embed', 'context', output, fields);
  }

  norm(name: string, input: Rows, output: Rows): void {
    this.#add('norm', input, output, this.#norm(name));
  }

  /** Attention of queries, keys and values to so many tokens on either side. */
  attend(window: number, input: Rows, output: Rows): void {
    const { heads, hasDistances } = this.#shape;
    if (hasDistances) {
      this.#distances ??= this.#params.add(
        distanceBiases(this.#model.floats('encoder.relative_attention_bias.weight'), heads),
      );
    }
    this.#add('attention', input, output, { window, bias: this.#distances });
  }

  multiply(map: LinearMap, input: Rows, output: Rows, residual = input): void {
    const { equalized } = this.#model;
    const { inputs, columns, outputs, epilogue, theta } = map;
    const parts = map.parts.map((part) => this.prefix + part);
    const group = equalized ? EQUALIZED_MAP_GROUP : MAP_GROUP;
    const matrices = parts.map((part) => this.#model.int8(part, group));
    const biases = parts.map((part, i) => this.#bias(part, matrices[i]!.rows));
    const { weights, scales, bias } = blocksOf(matrices, joined(biases, Float32Array), map);
    // The first part's is that of all.
    const equalization = equalized
      ? this.#model.floats(`${parts[0]}.weight.equalization`)
      : new Float32Array(inputs).fill(1);
    this.#buffers.push(weights);
    const fields: Fields = {
      ...{ n: columns, k: inputs, width: outputs, epilogue, group },
      ...{ scales: this.#params.add(scales), bias: this.#params.add(bias) },
      equalization: this.#params.add(equalization),
      ...(theta && this.#turn(theta)),
    };
    this.#add('matmul', input, output, fields, this.#buffers.length - 1, residual);
  }

  #turn(theta: number): Fields {
    const head = this.#shape.hidden / this.#shape.heads;
    const positions = this.#angles.get(theta) ?? this.#params.add(anglesOf(theta, head));
    this.#angles.set(theta, positions);
    return { positions, head: head / 4 };
  }

  #add(kernel: Kernel, input: Rows, output: Rows, fields: Fields, weights = 0, residual = input): void {
    const { n = this.#shape.hidden } = fields;
    this.#steps.push({
      ...{ kernel, weights, input, output, residual, columns: n },
      fields: FIELDS.map((name) => ({ ...fields, n })[name] ?? 0),
    });
  }

  #norm(name: string): Fields {
    const all = this.prefix + name;
    return {
      gamma: this.#floats(`${all}.weight`),
      bias: this.#params.add(this.#bias(all, this.#shape.hidden)),
    };
  }

  /** Zeros where the model has no biases. */
  #bias(name: string, length: number): Float32Array {
    return this.#shape.isModern ? new Float32Array(length) : this.#model.floats(`${name}.bias`);
  }

  #floats(name: string): number {
    return this.#params.add(this.#model.floats(name));
  }
}
