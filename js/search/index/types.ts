import type { EdgeBertError } from '../../shared/errors.js';

/** How an index stores vectors; see `SearchIndexOptions.precision`. */
export type IndexPrecision = 'int8' | 'f32';

/** What an entry carries beside its vector. It is kept as JSON keeps it: a `Date` becomes a string. */
export type Metadata = Record<string, unknown>;

/** What tells models apart; `model.info` has both. */
export interface ModelIdentity {
  /** A name such as `all-MiniLM-L6-v2`. */
  readonly name?: string | undefined;
  /** See `ModelInfo.fingerprint`. */
  readonly fingerprint?: string | undefined;
}

/** What `new SearchIndex` takes. */
export interface SearchIndexOptions {
  /** Numbers in each vector: a whole number from 1 to 16,384. */
  dimension: number;
  /**
   * The model that the vectors come from, as `model.info`: the index can later be opened only for a
   * model with the same fingerprint. A name alone is compared with names.
   */
  model?: string | ModelIdentity | undefined;
  /**
   * `int8` (default) keeps a vector in `dimension` bytes, `f32` in four times as many, with all of
   * its precision.
   */
  precision?: IndexPrecision | undefined;
}

/** What an index must be that is loaded; another one is refused. */
export interface IndexExpectation {
  /** As for `new SearchIndex`. */
  model?: string | ModelIdentity | undefined;
  /** Numbers in each vector. */
  dimension?: number | undefined;
}

/** How far the download of an index is. */
export interface IndexProgress {
  /** Bytes that have arrived, uncompressed. */
  readonly loaded: number;
  /** How much of the index is there, from 0 to 1. It never decreases, and the last event has 1. */
  readonly fraction: number;
}

/** Options of `SearchIndex.fetch`: what the index must be, and how it is loaded. */
export interface IndexFetchOptions extends IndexExpectation {
  /**
   * `auto` (default) caches the index in IndexedDB where there is one; `reload` downloads it again and
   * caches that; `none` neither reads nor writes a cache.
   */
  cache?: 'auto' | 'reload' | 'none' | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Called as bytes arrive; not for an index from the cache. */
  onProgress?: ((progress: IndexProgress) => void) | undefined;
  /**
   * Called for a problem that does not stop the index from working: a server that is silent or can't be
   * reached while there is a cached index, or no room for the cache.
   */
  onWarning?: ((warning: EdgeBertError) => void) | undefined;
  /** Cancels the call, which then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** What a field of metadata is compared with. */
export type FilterValue = string | number | boolean | null;

/**
 * Which entries count: those for which a function returns true, or those whose metadata has in
 * each field that is named the value, or one of the values. A field that holds an array matches
 * where any of its elements does. Entries without metadata are asked about with `{}`.
 *
 * The function is called only with entries that score enough to be among the results, so it must
 * depend on nothing but its arguments. Those are the index's own: it must not change them.
 */
export type SearchFilter =
  | ((metadata: Metadata, id: string) => boolean)
  | Readonly<Record<string, FilterValue | readonly FilterValue[]>>;

/** What `search` and `related` take. */
export interface SearchOptions {
  /** How many results at most, default 10; `Infinity` for all. */
  topK?: number | undefined;
  /** Which entries count; default all. */
  filter?: SearchFilter | undefined;
  /** Leaves out what scores less, as `SearchResult.score` has it. There is no such threshold by default. */
  minScore?: number | undefined;
}

/** A search by words, or by words and a vector together. */
export interface HybridQuery {
  /** Words to find in the texts that were given with the vectors. */
  text?: string | undefined;
  /** Of the index's dimension, finite and not all zeros; its length does not matter. */
  vector?: Float32Array | number[] | undefined;
  /**
   * The weight of the vector from 0 to 1, default 0.5. 1 is the vector alone, 0 the text alone: what
   * a query with nothing else finds, and the same scores.
   */
  alpha?: number | undefined;
}

/** An entry that was found. */
export interface SearchResult {
  /** The id that it was put in under. */
  id: string;
  /**
   * By a vector, the cosine of the angle to it, from -1 to 1. By a text, its BM25 score, above 0 and
   * without a limit. By both, the two rankings fused (see `HybridQuery.alpha`): 1 where an entry is
   * the first in both, and less from place to place.
   */
  score: number;
  /** A copy of what was given with the vector. */
  metadata: Metadata | undefined;
  /** The text that was given with the vector. */
  text: string | undefined;
}

/** An entry without its vector. */
export interface IndexEntry {
  /** What was given with the vector. */
  metadata: Metadata | undefined;
  /** The text that was given with the vector. */
  text: string | undefined;
}

/** What is known of a saved index without reading it. */
export interface SavedIndexInfo {
  /** For `SearchIndex.open` and `delete`. */
  name: string;
  /** The name of its model, where that was said. */
  model: string | undefined;
  /** Numbers in each vector. */
  dimension: number;
  /** How vectors are stored. */
  precision: IndexPrecision;
  /** How many vectors. */
  size: number;
  /** When it was saved last. */
  saved: Date;
}

/** What `SearchIndex.reembed` needs of a model; `WorkerModel` and `WasmModel` have it. */
export interface EmbeddingModel {
  /** Numbers in each vector. */
  readonly dimension: number;
  /** What the new index is bound to. */
  readonly info: ModelIdentity;
  /** The vectors of texts, one after the other. */
  encode(
    texts: readonly string[],
    normalize?: boolean,
    options?: { signal?: AbortSignal },
  ): Float32Array | Promise<Float32Array>;
  /** The same with the prompt for documents; it is used where there is one. */
  encodeDocuments?(
    texts: readonly string[],
    options?: { signal?: AbortSignal },
  ): Float32Array | Promise<Float32Array>;
}

/** Options of `SearchIndex.reembed`. */
export interface ReembedOptions {
  /** Called as texts are done. */
  onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  /** Cancels the call, which then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}
