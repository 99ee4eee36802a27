import type { EngineInfo } from '../engine/types.js';
import type { ModelDevice, WorkOptions } from '../workers/types.js';

/** Options of `encode` that say what vectors are made. */
export interface VectorOptions {
  /** Whether each vector is scaled to length 1, so that a dot product is a cosine; default true. */
  normalize?: boolean | undefined;
  /**
   * Name of the prompt in `info.prompts` to put before each text. The default is the model's own,
   * which few models have; an empty name means no prompt.
   */
  prompt?: 'query' | 'document' | '' | (string & {}) | undefined;
  /**
   * Keeps only the first numbers of each vector, for models that were trained for it (Matryoshka):
   * from 1 to the model's dimension. If vectors are normalised, they are so after the cut.
   */
  dimension?: number | undefined;
}

/**
 * Options of `encode`. `WasmModel` takes those of `WorkOptions` too, so that programs work with both
 * classes: it looks at `signal` before it begins and calls `onProgress` when it is done.
 */
export interface EncodeOptions extends VectorOptions, WorkOptions {}

/** Options of `encodeQuery` and `encodeDocuments`. */
export interface TextOptions extends Omit<VectorOptions, 'prompt'>, WorkOptions {}

/** The same options under their name in version 0.1.0. */
export type WorkerTextOptions = TextOptions;

/** Options of `WorkerModel.encodeStream`. The default `priority` is `bulk`. */
export interface EncodeStreamOptions extends VectorOptions, Omit<WorkOptions, 'onProgress'> {}

/** Options of `rank`. */
export interface RankOptions extends WorkOptions {
  /** How many documents to return at most, the best ones; default `Infinity`, which is all. */
  topK?: number | undefined;
  /** The label to rank by, from 0 on; required if the model has several. */
  label?: number | undefined;
}

/** The same options under their name in version 0.1.0. */
export type WorkerRankOptions = RankOptions;

/** A document's place in a ranking. */
export interface RankedDocument {
  /** The document's index in the array that was ranked. */
  readonly index: number;
  /** Its score for the label: higher is better, and only scores of the same query compare. */
  readonly score: number;
}

/** What a loaded model is. */
export interface ModelInfo extends EngineInfo {
  /** Its name in `WasmModelType`, or its id on the hub; undefined for addresses and files. */
  readonly name: string | undefined;
  /** The languages that the model was trained for, as BCP 47 tags; undefined for one without a name. */
  readonly languages: readonly string[] | undefined;
  /**
   * Identifies the model's content: the SHA-256, in hexadecimal, of the packed file's header, which
   * holds the hashes of all the rest; of a float32 model, that of its weights and files. Two models with
   * the same fingerprint give the same vectors. The precisions of one model have different ones: their
   * vectors are close, but not equal.
   */
  readonly fingerprint: string;
  /** What encodes bulk work at this moment; see `WorkerOptions.device`. */
  readonly device: ModelDevice;
  /**
   * Where its work is done: in workers (threads under Node), or on the thread that calls it. A
   * `WorkerModel` does it there where no worker can be started, as in service workers.
   */
  readonly thread: 'worker' | 'caller';
}

/** Options of `chunk`. */
export interface ChunkOptions {
  /**
   * Most tokens of a chunk, [CLS] and [SEP] included: up to the model's positions. The default is
   * `maxLength` less the prompt of `encodeDocuments`. Chunks beyond that are truncated by `encode`,
   * and are meant for other readers, such as a language model.
   */
  readonly maxTokens?: number | undefined;
  /** About how many tokens a chunk repeats of the one before; default 0. */
  readonly overlap?: number | undefined;
}

/** A part of a text: `text.slice(start, end)` of the whole, in UTF-16 code units. */
export interface Chunk {
  /** The text between `start` and `end`. */
  readonly text: string;
  /** The first code unit. */
  readonly start: number;
  /** The code unit after the last one. */
  readonly end: number;
}
