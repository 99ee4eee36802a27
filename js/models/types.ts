import type { EngineInfo } from '../engine/types.js';
import type { WorkOptions } from '../workers/types.js';

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
export interface ModelInfo extends EngineInfo {
  /** Its name in `WasmModelType`, or its id on the hub; undefined for addresses and files. */
  readonly name: string | undefined;
  /**
   * Identifies the model's content: the SHA-256, in hexadecimal, of the packed file's header, which
   * holds the hashes of all the rest. Two models with the same fingerprint give the same vectors.
   */
  readonly fingerprint?: string;
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
