import type { EdgeBertError } from './errors.js';

/** Bytes that own their buffer, so that they can be hashed, stored and transferred. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * - `int8`: the default; 23 MB, and a mean cosine of at least 0.9997 to float32
 * - `f32`: the original checkpoint as it is; 91 MB, for those who need the exact reference
 */
export type Precision = 'int8' | 'f32';

/** How far a load has come. `loaded` never falls, and the last event has `loaded === total`. */
export interface LoadProgress {
  /** Bytes that are there so far. */
  readonly loaded: number;
  /** Bytes in all. */
  readonly total: number;
  /**
   * - `download`: bytes arrive from the network
   * - `cache`: bytes are read from the cache, or are written there after a conversion
   * - `load`: every byte is in the engine; the last event, `loaded === total`
   */
  readonly phase: 'download' | 'cache' | 'load';
  /** Whether these bytes came from the cache. */
  readonly fromCache: boolean;
}

/** Where the compiled engine comes from; see {@link InitOptions.wasmUrl}. */
export interface InitOptions {
  /** Address of `edgebert_bg.wasm`, where it is not served beside the package's own script. */
  wasmUrl?: string | URL;
  /** The engine already compiled, where the caller has it. */
  module?: WebAssembly.Module;
}

/** What `WasmModel.from_type` takes; every field has a default. */
export interface LoadOptions {
  /**
   * The folder that stands in for the default host: the packed model is read from
   * `<baseUrl>/<model name>/model-int8.safetensors`. May be relative to the page.
   */
  baseUrl?: string | URL;
  /** The packed model's own address. No other place is tried then. May be relative to the page. */
  url?: string | URL;
  /** Used instead of the global `fetch` for the model's files. */
  fetch?: typeof fetch;
  /** Where the model is kept for the next visit; default `indexeddb`. */
  cache?: 'indexeddb' | 'none';
  /** Called as bytes arrive. */
  onProgress?: (progress: LoadProgress) => void;
  /**
   * Called when something went wrong that did not stop the model from loading, such as a browser
   * that gives no room for the cache. Nothing is written to the console.
   */
  onWarning?: (warning: EdgeBertError) => void;
  /** Rejects with AbortError when it aborts; the next call takes up where this one ended. */
  signal?: AbortSignal;
  /**
   * Longest text in word pieces, [CLS] and [SEP] included; longer ones are cut. The default is the
   * model's own (256 for MiniLM); at most the model's number of positions (512).
   */
  maxLength?: number;
  /** Default `int8`. */
  precision?: Precision;
  /** Address of `edgebert_bg.wasm`, where it is not served beside the package's own script. */
  wasmUrl?: string | URL;
}

/** What `WasmModel.from_pretrained` takes. */
export interface PretrainedOptions extends Omit<LoadOptions, 'url'> {
  /**
   * The host that stands in for the hub: a model's files are read from
   * `<baseUrl>/<id>/resolve/<revision>/<file>`. May be relative to the page.
   */
  baseUrl?: string | URL;
  /** Branch, tag or commit of a model on the hub; default `main`. */
  revision?: string;
}

/** What there is to say about the workers of a `WorkerModel`. */
export interface WorkerOptions {
  /**
   * Number of Web Workers, each with its own copy of the model; default 1. `auto` is one less than
   * the processor has cores, from 1 to 4. All but the first start when there is enough to do.
   */
  workers?: number | 'auto';
  /**
   * Address of `worker.js`, where it is not served beside the package's own script. On a page it
   * must be of the page's own origin.
   */
  workerUrl?: string | URL;
}

/** What `WorkerModel.from_type` takes. */
export interface WorkerLoadOptions extends LoadOptions, WorkerOptions {}

/** What `WorkerModel.from_pretrained` takes. */
export interface WorkerPretrainedOptions extends PretrainedOptions, WorkerOptions {}

/** Bytes as they come from a file input, a database or a request. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response;

/** A model's files, where the program has them itself. */
export interface ModelFiles {
  /** `model.safetensors`: an original checkpoint or a packed file. */
  readonly weights: ByteSource;
  /** `config.json`; a packed file needs none. */
  readonly config?: string | ByteSource;
  /** `tokenizer.json`; a packed file needs none. */
  readonly tokenizer?: string | ByteSource;
  /** Other files by their paths in the model's folder, such as `1_Pooling/config.json`. */
  readonly others?: Readonly<Record<string, string | ByteSource>>;
}

/** What `WorkerModel.encode` takes. */
export interface EncodeOptions {
  /** Called as texts are done. */
  onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Rejects with AbortError when it aborts; the model goes on working. */
  signal?: AbortSignal;
  /**
   * `interactive` goes before `bulk`, even one that is under way. The default is `interactive` for
   * what takes a worker 50 ms at most, such as a query.
   */
  priority?: 'interactive' | 'bulk';
}

/** What `WorkerModel.encodeStream` takes. */
export interface EncodeStreamOptions {
  /** Whether each vector is scaled to length 1; default true. */
  normalize?: boolean;
  /** Rejects with AbortError when it aborts; the model goes on working. */
  signal?: AbortSignal;
  /** As for `encode`; default `bulk`. */
  priority?: 'interactive' | 'bulk';
}

/** What a loaded model is. */
export interface ModelInfo {
  /** `bert` for all the models so far. */
  readonly architecture: string;
  readonly precision: Precision;
  /** Length of one vector. */
  readonly dimension: number;
  /** Longest text in word pieces, [CLS] and [SEP] included; longer ones are cut. */
  readonly maxLength: number;
  /** Upper bound of `maxLength`. */
  readonly positions: number;
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  readonly intermediate: number;
  /** Number of word pieces that the tokenizer knows. */
  readonly vocabulary: number;
  /** How token vectors become one vector: `mean` or `cls`. */
  readonly pooling: string;
  /** Texts that the model expects before a query or a passage, by their names. */
  readonly prompts: Readonly<Record<string, string>>;
}

/** How `chunk` cuts a text. */
export interface ChunkOptions {
  /** Most word pieces of a chunk, [CLS] and [SEP] included; the model's `maxLength` by default. */
  readonly maxTokens?: number;
  /** About how many word pieces a chunk repeats of the one before; 0 by default. */
  readonly overlap?: number;
}

/** A part of a text: `text.slice(start, end)` of the whole, in UTF-16 code units. */
export interface Chunk {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A text's word pieces and where they stand in it. */
export interface TokensWithOffsets {
  /** With [CLS] and [SEP], not cut to `maxLength`. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** The pieces as the vocabulary has them, such as `##ing`. */
  readonly tokens: string[];
  /**
   * Start and end of each token, two numbers for each, in UTF-16 code units of the text; 0 and 0
   * for [CLS] and [SEP].
   */
  readonly offsets: Uint32Array<ArrayBuffer>;
}
