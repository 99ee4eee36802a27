// The float32 matrices of a checkpoint, and what the packed int8 file says of its model.
import { EdgeBertError } from '../shared/errors.js';
import { headerFields, headerLength, malformed } from '../loading/safetensors.js';
import type { Bytes } from '../shared/types.js';

/** A safetensors file in memory. */
export class Tensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly #name: string;
  readonly #data: Bytes;
  readonly #entries: ReadonlyMap<string, Entry>;

  /** `name` is for errors. */
  constructor(file: Bytes, name: string) {
    const start = 8 + headerLength(file.subarray(0, 8), name);
    const { tensors, metadata } = headerFields(file.subarray(8, start), name);
    this.#name = name;
    this.#data = file.subarray(start);
    this.#entries = new Map(Object.entries(tensors as Readonly<Record<string, Entry>>));
    this.metadata = (metadata ?? {}) as Readonly<Record<string, string>>;
  }

  /** The names of all tensors, in the order of the header. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  dtype(name: string): string {
    return this.#entry(name).dtype;
  }

  shape(name: string): readonly number[] {
    return this.#entry(name).shape;
  }

  bytes(name: string): Bytes {
    const [start, end] = this.#entry(name).data_offsets;
    return this.#data.subarray(start, end);
  }

  /** A tensor of F32, F16, BF16 or I8, as float32. */
  floats(name: string): Float32Array {
    const bytes = this.bytes(name).slice();
    const dtype = this.dtype(name);
    if (dtype === 'I8') return Float32Array.from(new Int8Array(bytes.buffer));
    if (dtype === 'F32') return new Float32Array(bytes.buffer);
    if (dtype === 'F16') return Float32Array.from(new Uint16Array(bytes.buffer), fromHalf);
    if (dtype === 'BF16') {
      const bits = Uint32Array.from(new Uint16Array(bytes.buffer), (value) => value << 16);
      return new Float32Array(bits.buffer);
    }
    throw malformed(this.#name, `tensor \`${name}\` has the type ${dtype}, not F32, F16, BF16 or I8`);
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (!entry) throw malformed(this.#name, `tensor \`${name}\` is missing`);
    return entry;
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [start: number, end: number];
}

/** IEEE 754 binary16 to a number. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** The word table. */
export const WORDS = 'embeddings.word_embeddings.weight';
const POSITIONS = 'embeddings.position_embeddings.weight';
/** Of a static model, which row each token has. */
const TOKEN_ROWS = 'mapping';

/** The parts of a layer under each architecture's names: the six maps, then the two norms. */
const BERT_PARTS = [
  'attention.self.query',
  'attention.self.key',
  'attention.self.value',
  'attention.output.dense',
  'intermediate.dense',
  'output.dense',
  'attention.output.LayerNorm',
  'output.LayerNorm',
];
const DISTIL_BERT_PARTS = [
  'attention.q_lin',
  'attention.k_lin',
  'attention.v_lin',
  'attention.out_lin',
  'ffn.lin1',
  'ffn.lin2',
  'sa_layer_norm',
  'output_layer_norm',
];
const MAPS = 6;

/** The fields of a packed file's config that the packer needs. Models without layers have the first. */
export interface Config {
  readonly model_type: string;
  readonly num_hidden_layers: number;
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
  readonly pad_token_id?: number;
}

/** By what the engine calls them. */
const ENCODERS = ['bert', 'roberta', 'distilbert'];

/** Whether a model is an encoder, and not a static one. */
export function hasLayers({ num_hidden_layers: layers }: Config): boolean {
  return layers !== undefined;
}

/** Whether the packer knows the layers of an encoder, so that it can run texts through them. */
export function isKnown({ model_type: type }: Config): boolean {
  return ENCODERS.includes(type);
}

export function configOf(packed: Tensors): Config {
  return JSON.parse(packed.metadata.config ?? '{}') as Config;
}

/** The position of a text's first token. */
export function firstPosition({ pad_token_id: padding }: Config): number {
  return padding === undefined ? 0 : padding + 1;
}

/** The tensors that a compact file has coded, in their order: of an encoder words, positions, and maps. */
export function codedNames(packed: Tensors): string[] {
  return packed.names.filter((name) => packed.has(`${name}.scale`));
}

/** The names of each layer's maps, in the packer's order: queries, keys and values first. */
export function mapsOf(config: Config): string[][] {
  return layers(config).map(({ maps }) => maps);
}

/** Whether a map has an equalization of its own: keys and values have the input of queries. */
export function hasOwnInput(map: number): boolean {
  return map !== 1 && map !== 2;
}

/** The names of a layer's maps and norms. */
interface Layer {
  readonly maps: string[];
  readonly norms: string[];
}

function layers({ model_type: type, num_hidden_layers: count }: Config): Layer[] {
  const distil = type === 'distilbert';
  return Array.from({ length: count }, (_, layer) => {
    const parts = (distil ? DISTIL_BERT_PARTS : BERT_PARTS).map(
      (part) => `${distil ? 'transformer' : 'encoder'}.layer.${layer}.${part}`,
    );
    return { maps: parts.slice(0, MAPS), norms: parts.slice(MAPS) };
  });
}

/** What the rows of a coded tensor stand for, as the packer calls it. */
export type RowsOf = 'words' | 'positions' | 'others';

/** The tensors that are coded plainly, of whatever model, from the original. */
export function* plainMatrices(
  packed: Tensors,
  original: Tensors,
): Generator<{ rowsOf: RowsOf; width: number; weights: Float32Array }> {
  const names = codedNames(packed);
  // The first one is the table of words. Where tokens share rows, those have no frequencies of their own.
  const matrix = matricesOf(original, names[0]!);
  const shared = packed.has(TOKEN_ROWS);
  for (const [index, name] of names.entries()) {
    const rowsOf = index === 0 && !shared ? 'words' : name === POSITIONS ? 'positions' : 'others';
    yield { rowsOf, width: packed.shape(name)[1]!, weights: matrix(name) };
  }
}

/** Reads matrices of an original, whose names may have a prefix, as that of the word table tells. */
function matricesOf(original: Tensors, words: string): (name: string) => Float32Array {
  const first = original.names.find((name) => name.endsWith(words));
  if (first === undefined) throw new EdgeBertError('format', `The original has no tensor ${words}`);
  const prefix = first.slice(0, -words.length);
  return (name) => original.floats(original.has(prefix + name) ? prefix + name : name);
}

/** Tensors under the packer's names for them. */
export type PackerTensors = Iterable<[name: string, values: Float32Array]>;

/** What the packer is given of an encoder: what is in front of the layers, and then each layer. */
export interface PackerModel {
  readonly embeddings: PackerTensors;
  readonly layers: readonly PackerTensors[];
}

/**
 * The tensors for calibration, which are read when they are asked for; those of a layer have the names of
 * layer `numbered(layer)`. Matrices come from the original, whose names may have a prefix, and vectors from
 * the packed file, which has them as they were.
 */
export function packerModel(
  packed: Tensors,
  original: Tensors,
  numbered: (layer: number) => number,
): PackerModel {
  const config = configOf(packed);
  const matrix = matricesOf(original, WORDS);
  const both = function* (from: string, to: string): Generator<[string, Float32Array]> {
    for (const part of ['weight', 'bias']) yield [`${to}.${part}`, packed.floats(`${from}.${part}`)];
  };
  const embeddings = function* (): Generator<[string, Float32Array]> {
    yield ['words', matrix(WORDS)];
    yield ['positions', matrix(POSITIONS)];
    const types = 'embeddings.token_type_embeddings.weight';
    if (packed.has(types)) yield ['types', packed.floats(types)];
    yield* both('embeddings.LayerNorm', 'norm');
  };
  const tensors = function* ({ maps, norms }: Layer, number: number): Generator<[string, Float32Array]> {
    for (const [index, map] of maps.entries()) {
      yield [`${number}.map.${index}.weight`, matrix(`${map}.weight`)];
      yield [`${number}.map.${index}.bias`, packed.floats(`${map}.bias`)];
    }
    for (const [index, norm] of norms.entries()) yield* both(norm, `${number}.norm.${index}`);
  };
  return {
    embeddings: embeddings(),
    layers: layers(config).map((layer, index) => tensors(layer, numbered(index))),
  };
}
