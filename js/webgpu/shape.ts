import { ACTIVATIONS } from './shaders.js';

/** A model that stays on wasm, and why: half a sentence. */
export class NotOnGpu extends Error {}

/** The names of an encoder's tensors. */
export interface Names {
  /** What a layer's names begin with, up to its number. */
  readonly layer: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly up: string;
  readonly down: string;
  readonly attentionNorm: string;
  readonly outputNorm: string;
}

const BERT: Names = {
  layer: 'encoder.layer.',
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attentionOutput: 'attention.output.dense',
  up: 'intermediate.dense',
  down: 'output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  outputNorm: 'output.LayerNorm',
};

const DISTIL_BERT: Names = {
  layer: 'transformer.layer.',
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  attentionOutput: 'attention.out_lin',
  up: 'ffn.lin1',
  down: 'ffn.lin2',
  attentionNorm: 'sa_layer_norm',
  outputNorm: 'output_layer_norm',
};

/** By `model_type`, as the packed file's config has it. */
const ARCHITECTURES: Readonly<Record<string, Names>> = { bert: BERT, distilbert: DISTIL_BERT, roberta: BERT };

/** The widest hidden state; also that of a word's row under one scale. */
const MOST_HIDDEN = 1024;
const MOST_POSITIONS = 512;

/** The packed file's config; its fields are those of config.json. */
interface Config {
  readonly model_type: string;
  readonly num_hidden_layers: number;
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly hidden_act: string;
  readonly layer_norm_eps: number;
  /** Roberta's alone. */
  readonly pad_token_id?: number;
}

/** An encoder as the GPU runs it. */
export interface Shape {
  readonly names: Names;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  /** The width of the feed-forward block, rounded up to a multiple of 4. */
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly types: number;
  /** WGSL: the body of a function of `x`. */
  readonly activation: string;
  readonly epsilon: number;
  /** The padding token's id, which is also its position: the others count from the next one on. */
  readonly padding: number | undefined;
}

/** The shape that a packed file's config describes. Throws {@link NotOnGpu} for what no shader computes. */
export function shapeOf(configJson: string): Shape {
  const config = JSON.parse(configJson) as Config;
  const { model_type: type, hidden_size: hidden, num_attention_heads: heads, hidden_act: act } = config;
  const names = known(ARCHITECTURES, type);
  const activation = known(ACTIVATIONS, act);
  const headSize = hidden / heads;
  const padding = config.pad_token_id;
  const positions = config.max_position_embeddings - (padding === undefined ? 0 : padding + 1);
  if (hidden > MOST_HIDDEN || headSize % 4 !== 0 || positions > MOST_POSITIONS) {
    throw new NotOnGpu(
      `its shape is not for the GPU (hidden ${hidden}, head ${headSize}, positions ${positions})`,
    );
  }
  return {
    names,
    layers: config.num_hidden_layers,
    hidden,
    heads,
    intermediate: 4 * Math.ceil(config.intermediate_size / 4),
    vocabulary: config.vocab_size,
    types: config.type_vocab_size,
    activation,
    epsilon: config.layer_norm_eps,
    padding,
  };
}

function known<T>(table: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new NotOnGpu(`the GPU does not know ${name}`);
}
