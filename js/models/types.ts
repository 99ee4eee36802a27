import type { EdgeBertError } from '../shared/errors.js';
import type { Task } from '../loading/registry.js';

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

/** WebAssembly.Module; TypeScript knows it with the types of a page or a worker, not with Node's alone. */
type CompiledModule = typeof globalThis extends {
  WebAssembly: { Module: new (...source: never[]) => infer Module };
}
  ? Module
  : object;

/** Where the compiled engine comes from; see {@link InitOptions.wasmUrl}. */
export interface InitOptions {
  /** Address of `edgebert_bg.wasm`, where it is not served beside the package's own script. */
  wasmUrl?: string | URL;
  /** The engine already compiled, where the caller has it. */
  module?: CompiledModule;
  /** @internal The kernels of SearchIndex, compiled: the workerd entry's. */
  searchKernels?: CompiledModule;
}

/** What `from_type` of WasmModel and CrossEncoder takes; every field has a default. */
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
  /** Where the model is kept for the next visit, unless from `file:`; default `indexeddb`. */
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
  /**
   * Texts to put before a query, a document or whatever else has a name, in the place of the
   * model's own of the same name; see `info.prompts`.
   */
  prompts?: Readonly<Record<string, string>>;
  /** Address of `edgebert_bg.wasm`, where it is not served beside the package's own script. */
  wasmUrl?: string | URL;
}

/** What `from_pretrained` of WasmModel and CrossEncoder takes. */
export interface PretrainedOptions extends Omit<LoadOptions, 'url'> {
  /**
   * The host that stands in for the hub: a model's files are read from
   * `<baseUrl>/<id>/resolve/<revision>/<file>`. May be relative to the page.
   */
  baseUrl?: string | URL;
  /** Branch, tag or commit of a model on the hub; default `main`. */
  revision?: string;
}

/** What there is to say about the workers of a `WorkerModel` or `WorkerCrossEncoder`. */
export interface WorkerOptions {
  /**
   * Number of Web Workers, each with its own copy of the model; default 1. `auto` is one less than
   * the processor has cores, from 1 to 4. All but the first start when there is enough to do.
   */
  workers?: number | 'auto';
  /**
   * Address of `worker.js`, where it is not served beside the package's own script. On another
   * origin than the page's, its server must allow the page to read it.
   */
  workerUrl?: string | URL;
}

/** What `from_type` of WorkerModel and WorkerCrossEncoder takes. */
export interface WorkerLoadOptions extends LoadOptions, WorkerOptions {}

/** What `from_pretrained` of WorkerModel and WorkerCrossEncoder takes. */
export interface WorkerPretrainedOptions extends PretrainedOptions, WorkerOptions {}

/** Bytes as they come from a file input, a database or a request. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response;

/** A model's files, where the program has them itself. */
export interface ModelFiles {
  /** `model.safetensors`: an original checkpoint or a packed file; a list of its shards. */
  readonly weights: ByteSource | readonly ByteSource[];
  /** `config.json`; a packed file needs none. */
  readonly config?: string | ByteSource;
  /** `tokenizer.json`; a packed file needs none. */
  readonly tokenizer?: string | ByteSource;
  /**
   * Other files by their paths in the model's folder, such as `1_Pooling/config.json`, or
   * `2_Dense/model.safetensors` with a module's own weights.
   */
  readonly others?: Readonly<Record<string, string | ByteSource>>;
}

/** What `encode` of either class takes besides texts. */
export interface VectorOptions {
  /**
   * Name of the prompt in `info.prompts` that is put before each text. Left out, it is the model's
   * default, which few have; an empty name is none.
   */
  prompt?: 'query' | 'document' | '' | (string & {});
  /**
   * How many numbers a vector keeps, of those at its beginning; it is then scaled to length 1
   * again if vectors are normalised. For models that were trained so (Matryoshka).
   */
  dimension?: number;
}

/** What `encodeQuery` and `encodeDocuments` of either class take. */
export interface TextOptions {
  /** Whether each vector is scaled to length 1; default true. */
  normalize?: boolean;
  /** As for `encode`. */
  dimension?: number;
}

/** How a worker's work is done. */
export interface WorkOptions {
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

/** What `WorkerModel.encode` takes. */
export interface EncodeOptions extends VectorOptions, WorkOptions {}

/** What `WorkerModel.encodeQuery` and `encodeDocuments` take. */
export interface WorkerTextOptions extends TextOptions, WorkOptions {}

/** What `WorkerModel.encodeStream` takes. */
export interface EncodeStreamOptions extends VectorOptions, Omit<WorkOptions, 'onProgress'> {
  /** Whether each vector is scaled to length 1; default true. */
  normalize?: boolean;
  /** As for `encode`; default `bulk`. */
  priority?: 'interactive' | 'bulk';
}

/** What `CrossEncoder.rank` takes. */
export interface RankOptions {
  /** At most so many documents, the best ones; all of them by default. */
  topK?: number;
  /** Which of the model's labels counts, from 0 on; needed where there are several. */
  label?: number;
}

/** What `WorkerCrossEncoder.rank` takes. */
export interface WorkerRankOptions extends RankOptions, WorkOptions {}

/** A document's place in a ranking. */
export interface RankedDocument {
  /** Which of the documents it is. */
  readonly index: number;
  readonly score: number;
}

/** What a loaded model is. */
export interface ModelInfo {
  /** Its name in `WasmModelType`, or its id on the hub; undefined for addresses and files. */
  readonly name: string | undefined;
  /** `embedding`: texts into vectors; `cross-encoder`: a query with a document into scores. */
  readonly task: Task;
  /** How many scores a cross-encoder gives for one document; 0 for other models. */
  readonly labels: number;
  /** `bert`, `distilbert` or `roberta`, as `model_type` in config.json. */
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
  /** How token vectors become one vector, such as `mean` or `cls`; several are joined by `+`. */
  readonly pooling: string;
  /** Whether the published model scales its vectors to length 1 by itself; `encode` does by default. */
  readonly normalize: boolean;
  /** Texts that the model expects before a query or a document, by their names. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that `encode` uses where it is given none; few models have one. */
  readonly defaultPrompt?: string;
}

/** How `chunk` cuts a text. */
export interface ChunkOptions {
  /**
   * Most word pieces of a chunk, [CLS] and [SEP] included; by default the model's `maxLength`, less
   * the prompt of `encodeDocuments`.
   */
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
