import type { EdgeBertError } from '../shared/errors.js';
import type {
  Bytes,
  KernelChoice,
  KernelFinding,
  LoadProgress,
  NamedText,
  Precision,
} from '../shared/types.js';

/** Options of `from_type`. Every field has a default. */
export interface LoadOptions {
  /**
   * The folder that replaces the default host: the packed model is read from
   * `<baseUrl>/<model name>/model-int8.safetensors`. May be relative to the page.
   */
  baseUrl?: string | URL;
  /** Address of the packed model file. No other address is tried. May be relative to the page. */
  url?: string | URL;
  /** Replaces the global `fetch` for the model's files. */
  fetch?: typeof fetch;
  /**
   * Where the model is cached for the next visit. `auto` (default) takes IndexedDB in browsers and a
   * folder of the user's elsewhere; `indexeddb` is its older name; `none` neither reads nor writes a
   * cache; `reload` downloads the model again and caches that.
   *
   * What comes from an address or a branch of the hub can change: a cached model is compared with
   * its server in the background (ETag, Last-Modified), and the load after a change takes the new
   * one. Models from `file:` addresses are not cached.
   */
  cache?: 'auto' | 'indexeddb' | 'reload' | 'none';
  /**
   * Identifies the model in the cache in place of its address. By default the query of an address
   * is left out, and a model from an address with another query is compared before it is used.
   */
  cacheKey?: string;
  /** Called as bytes arrive. */
  onProgress?: (progress: LoadProgress) => void;
  /**
   * Called for a problem that does not stop the model from loading or working, such as a full
   * cache, a server that is silent for 10 seconds, pooling that no file of the model says, or the first
   * text that is truncated. Nothing is written to the console.
   */
  onWarning?: (warning: EdgeBertError) => void;
  /** Cancels the load, which then rejects with `signal.reason`. The next call resumes the download. */
  signal?: AbortSignal | undefined;
  /**
   * Longest text in tokens, [CLS] and [SEP] included; longer texts are truncated. The default is the
   * model's own (256 for MiniLM), the maximum its number of positions (512).
   */
  maxLength?: number;
  /** Default `int8`. */
  precision?: Precision;
  /**
   * The instructions for `int8`; default `auto`, which takes the faster ones. Vectors are the same
   * with all of them. `relaxed` throws `unsupported` where the browser lacks them.
   */
  kernel?: KernelChoice;
  /** Texts to put before a query or document, by name. They replace those in `info.prompts`. */
  prompts?: Readonly<Record<string, string>>;
  /**
   * Address of `edgebert_bg.wasm`, if it is not served beside the package's script. Each thread loads it
   * once, with its first model; another address after that is not used, and `onWarning` says so.
   */
  wasmUrl?: string | URL;
}

/** Options of `from_pretrained`. Every field has a default. */
export interface PretrainedOptions extends Omit<LoadOptions, 'url'> {
  /**
   * The host that replaces the Hugging Face hub: files are read from
   * `<baseUrl>/<id>/resolve/<revision>/<file>`. May be relative to the page.
   */
  baseUrl?: string | URL;
  /** Branch, tag or commit of a model on the hub; default `main`. */
  revision?: string;
}

/** Bytes as a file input, a database or a request gives them. */
export type ByteSource = Uint8Array | ArrayBuffer | Blob | Response;

/** A model's files, if the program has them itself. */
export interface ModelFiles {
  /** `model.safetensors`: an original checkpoint or a packed file, or a list of its shards. */
  readonly weights: ByteSource | readonly ByteSource[];
  /** `config.json`; not needed for a packed file. */
  readonly config?: string | ByteSource;
  /** `tokenizer.json`; not needed for a packed file. */
  readonly tokenizer?: string | ByteSource;
  /**
   * Other files by their paths in the model's folder, such as `1_Pooling/config.json`, or
   * `2_Dense/model.safetensors` with a module's own weights.
   */
  readonly others?: Readonly<Record<string, string | ByteSource>>;
}

/** Where a model's bytes go: the engine on this thread, or the ones in the workers. */
export interface ModelSink {
  /** Whether there is no engine to load into: another file of the model would not help. */
  readonly engineFailed: boolean;
  /**
   * Starts a model; one that was started before is dropped. `files` are the files beside an
   * original checkpoint, which may be refused for them; a packed file needs none. `remembered` is
   * what an earlier trial of the kernels found; without one that holds here, there is another trial.
   *
   * @returns the finding that was used; undefined where the kernel was not chosen by trial
   */
  begin(files: Iterable<NamedText>, remembered?: KernelFinding): Promise<KernelFinding | undefined>;
  /**
   * The next bytes of the safetensors file. The sink may take the buffer away; if it doesn't, it
   * is done with it when this has resolved. Bytes from the cache come with their `checksum`, an xxHash32:
   * where it differs, this, the next `push` or `finish` rejects with EdgeBertError `integrity`.
   */
  push(piece: Bytes, checksum?: number): void | Promise<void>;
  /** All bytes were pushed. */
  finish(): void | Promise<void>;
  /**
   * After `finish`, of an int8 model: a step of calibrating it with the original checkpoint that it was
   * made of. The pieces of that, header first, are given with the first step; the sink may take their
   * buffers away. After the last step the sink has the calibrated model, if it is of a kind that can be
   * calibrated.
   *
   * @returns whether that was the last step
   */
  calibrate(original: readonly Bytes[]): Promise<boolean>;
  /** After `finish`, of an int8 model: its next packed data piece, undefined after the last. */
  exportPiece(): Bytes | undefined | Promise<Bytes | undefined>;
  /** After the last piece: the packed file's header, given the SHA-256 of each piece. */
  exportHeader(hashes: string[]): Bytes | Promise<Bytes>;
}

/** What loading finds out about a model, besides what the engine says of it. */
export interface LoadedModel {
  /** See `ModelInfo.fingerprint`. */
  readonly fingerprint: string;
}
