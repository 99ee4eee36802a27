import { ACTIVATIONS } from './shaders.js';

/** A model that stays on wasm, and why: half a sentence. */
export class NotOnGpu extends Error {}

/** The names of an encoder's tensors, without `.weight` and `.bias`. */
export interface Names {
  readonly words: string;
  readonly embeddingNorm: string;
  /** What a layer's names begin with, up to its number. */
  readonly layer: string;
  /** The maps to queries, keys and values, which are one map in some models. */
  readonly qkv: readonly string[];
  readonly attentionOutput: string;
  readonly up: string;
  readonly down: string;
  readonly attentionNorm: string;
  readonly outputNorm: string;
}

const BERT: Names = {
  words: 'embeddings.word_embeddings',
  embeddingNorm: 'embeddings.LayerNorm',
  layer: 'encoder.layer.',
  qkv: ['attention.self.query', 'attention.self.key', 'attention.self.value'],
  attentionOutput: 'attention.output.dense',
  up: 'intermediate.dense',
  down: 'output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  outputNorm: 'output.LayerNorm',
};

const DISTIL_BERT: Names = {
  ...BERT,
  layer: 'transformer.layer.',
  qkv: ['attention.q_lin', 'attention.k_lin', 'attention.v_lin'],
  attentionOutput: 'attention.out_lin',
  up: 'ffn.lin1',
  down: 'ffn.lin2',
  attentionNorm: 'sa_layer_norm',
  outputNorm: 'output_layer_norm',
};

const MPNET: Names = {
  ...BERT,
  qkv: ['attention.attn.q', 'attention.attn.k', 'attention.attn.v'],
  attentionOutput: 'attention.attn.o',
  attentionNorm: 'attention.LayerNorm',
};

const MODERN_BERT: Names = {
  words: 'embeddings.tok_embeddings',
  embeddingNorm: 'embeddings.norm',
  layer: 'layers.',
  qkv: ['attn.Wqkv'],
  attentionOutput: 'attn.Wo',
  up: 'mlp.Wi',
  down: 'mlp.Wo',
  attentionNorm: 'attn_norm',
  outputNorm: 'mlp_norm',
};

/** By `model_type`, as the packed file's config has it. */
const ARCHITECTURES: Readonly<Record<string, Names>> = {
  bert: BERT,
  distilbert: DISTIL_BERT,
  roberta: BERT,
  mpnet: MPNET,
  modernbert: MODERN_BERT,
};

/** The widest hidden state; also that of a word's row under one scale. */
const MOST_HIDDEN = 1024;

/** The packed file's config; its fields are those of config.json. */
interface Config {
  readonly model_type: string;
  readonly num_hidden_layers: number;
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly vocab_size: number;
  readonly type_vocab_size: number;
  /** ModernBERT's function and epsilon have names of their own. */
  readonly hidden_act?: string;
  readonly hidden_activation?: string;
  readonly layer_norm_eps?: number;
  readonly norm_eps?: number;
  /** Roberta's and MPNet's alone. */
  readonly pad_token_id?: number;
  /** ModernBERT's alone, as src/model/rotary.rs writes them. */
  readonly global_rope_theta?: number;
  readonly local_rope_theta?: number;
  readonly local_attention?: number;
  readonly global_attn_every_n_layers?: number;
  readonly layer_types?: readonly string[];
}

/** What a layer's attention looks at, and by which angles it turns queries and keys. */
export interface Reach {
  /** Tokens on either side of a query. */
  readonly window: number;
  /** The base of the angles; undefined where nothing is turned. */
  readonly theta: number | undefined;
}

/** More than a text has tokens. */
const WHOLE_TEXT = 2 ** 30;

/** An encoder as the GPU runs it. */
export interface Shape {
  readonly names: Names;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  /** The width of the feed-forward block, rounded up to a multiple of 4. */
  readonly intermediate: number;
  readonly types: number;
  /** Whether attention has a bias for each distance of two tokens: MPNet's. */
  readonly hasDistances: boolean;
  /** ModernBERT: layer norms in front of blocks, gated feed-forward blocks, no biases, no position table. */
  readonly isModern: boolean;
  /** What each layer's attention looks at. */
  readonly reach: readonly Reach[];
  /** WGSL: the body of a function of `x`. */
  readonly activation: string;
  readonly epsilon: number;
  /** The padding token's id, which is also its position: the others count from the next one on. */
  readonly padding: number | undefined;
}

/** The shape that a packed file's config describes. Throws {@link NotOnGpu} for what no shader computes. */
export function shapeOf(configJson: string): Shape {
  const config = JSON.parse(configJson) as Config;
  const { model_type: type, hidden_size: hidden, num_attention_heads: heads } = config;
  const names = known(ARCHITECTURES, type);
  const activation = known(ACTIVATIONS, (config.hidden_act ?? config.hidden_activation)!);
  const headSize = hidden / heads;
  if (hidden > MOST_HIDDEN || headSize % 4 !== 0) {
    throw new NotOnGpu(`its shape is not for the GPU (hidden ${hidden}, head ${headSize})`);
  }
  return {
    names,
    layers: config.num_hidden_layers,
    hidden,
    heads,
    intermediate: 4 * Math.ceil(config.intermediate_size / 4),
    types: config.type_vocab_size,
    hasDistances: names === MPNET,
    isModern: names === MODERN_BERT,
    reach: Array.from({ length: config.num_hidden_layers }, (_, layer) => reachOf(config, layer)),
    activation,
    epsilon: (config.layer_norm_eps ?? config.norm_eps)!,
    padding: config.pad_token_id,
  };
}

function reachOf(config: Config, layer: number): Reach {
  const { local_attention: local, global_attn_every_n_layers: every, layer_types: types } = config;
  if (local === undefined) return { window: WHOLE_TEXT, theta: undefined };
  const isLocal = types ? types[layer] === 'sliding_attention' : layer % every! !== 0;
  return isLocal
    ? { window: local / 2, theta: config.local_rope_theta }
    : { window: WHOLE_TEXT, theta: config.global_rope_theta };
}

function known<T>(table: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new NotOnGpu(`the GPU does not know ${name}`);
}
