import type { Task } from '../loading/registry.js';
import type { Kernel, Precision } from '../shared/types.js';

/** WebAssembly.Module; TypeScript has it in the types of pages and workers, but not in Node's alone. */
export type CompiledModule = typeof globalThis extends {
  WebAssembly: { Module: new (...source: never[]) => infer Module };
}
  ? Module
  : object;

/** Options of `init`. */
export interface InitOptions {
  /**
   * Address of `edgebert_bg.wasm`, if it is not served beside the package's script. Each thread loads it
   * once, with its first model or the first call of `init`: another address after that is refused.
   */
  wasmUrl?: string | URL;
  /** The compiled engine, if the caller has it already; not used if the engine is there. */
  module?: CompiledModule;
}

/** A stretch of a text, in UTF-16 code units. */
export interface TextSpan {
  /** The first code unit. */
  readonly start: number;
  /** The code unit after the last one. */
  readonly end: number;
}

/** What the engine says of a loaded model. */
export interface EngineInfo {
  /** `embedding`: texts to vectors; `cross-encoder`: a query and a document to scores. */
  readonly task: Task;
  /** How many scores a cross-encoder gives for one document; 0 for other models. */
  readonly labels: number;
  /**
   * `bert`, `distilbert`, `roberta`, `mpnet` or `modernbert`, as `model_type` in config.json; `static` for a
   * model without layers.
   */
  readonly architecture: string;
  /** What the weights are: see `LoadOptions.precision`. */
  readonly precision: Precision;
  /** The instructions that this model was loaded for; `simd128` for `f32`. */
  readonly kernel: Kernel;
  /** Numbers in one vector. */
  readonly dimension: number;
  /** Longest text in tokens, [CLS] and [SEP] included; longer texts are truncated. */
  readonly maxLength: number;
  /** Upper bound of `maxLength`. */
  readonly positions: number;
  /** Transformer layers; 0 for a static model. */
  readonly layers: number;
  /** Attention heads of a layer. */
  readonly heads: number;
  /** Numbers in the hidden state of a token. */
  readonly hidden: number;
  /** Numbers between the two maps of a feed-forward block. */
  readonly intermediate: number;
  /** Number of tokens in the vocabulary. */
  readonly vocabulary: number;
  /** How token vectors become one vector, such as `mean` or `cls`; several are joined by `+`. */
  readonly pooling: string;
  /** Whether the published model normalises its vectors itself. `encode` does so by default. */
  readonly normalize: boolean;
  /** Texts that the model expects before a query or a document, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that `encode` uses by default; few models have one. */
  readonly defaultPrompt?: string;
}

/** What is known of a model before its weights are there. */
export type EngineOutline = Pick<EngineInfo, 'task' | 'positions' | 'pooling' | 'prompts'>;

/** What `encode` does with texts, whichever they are. */
export interface EncodeSettings {
  /** Whether vectors are scaled to length 1. */
  readonly normalize: boolean;
  /** Goes before each text. */
  readonly prompt: string;
  /** How many numbers each vector keeps. */
  readonly dimension: number;
}

/** A text's tokens and their places in it. */
export interface TokensWithOffsets {
  /** With [CLS] and [SEP], not truncated to `maxLength`. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** The tokens as the vocabulary has them, such as `##ing`. */
  readonly tokens: string[];
  /**
   * Start and end of each token, two numbers a token, in UTF-16 code units of the text; 0 and 0 for
   * [CLS] and [SEP].
   */
  readonly offsets: Uint32Array<ArrayBuffer>;
}

/** Where the script that calibrates is, and its wasm. */
export interface CalibrationPlace {
  readonly script: string;
  readonly wasm: string;
}
