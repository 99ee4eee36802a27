import type { Chunk } from '../../models/types.js';
import type { WorkerLoadOptions } from '../../workers/types.js';
import type { IndexProgress, Metadata, ModelIdentity, SearchFilter } from '../index/types.js';

/** A passage of a document with its vector, for `SearchDocument.passages`. */
export interface SearchPassage {
  /**
   * Where it begins in the document's text, in UTF-16 code units, as `Chunk.start` has it. It reaches to
   * the next passage, and the last one to the end; the first one also covers what is before it.
   */
  readonly start: number;
  /** As many numbers as the model's vectors have; of any length but zero. */
  readonly vector: Float32Array | readonly number[];
}

/** What `SemanticSearch` searches. Other fields are refused: put them into `metadata`. */
export interface SearchDocument {
  /** Identifies it: adding another text under the same id replaces it. */
  readonly id: string;
  /** The whole text, of any length. */
  readonly text: string;
  /** Is searched with each passage of the text. */
  readonly title?: string | undefined;
  /** Kept as JSON keeps it, for filters and results. */
  readonly metadata?: Metadata | undefined;
  /**
   * A ready vector of the whole text, by the model of the search: nothing is encoded, and the document
   * is a single passage. `get` and `documents` leave it out.
   */
  readonly vector?: Float32Array | readonly number[] | undefined;
  /** Ready vectors of the passages that the text was cut into, in their order, in place of `vector`. */
  readonly passages?: readonly SearchPassage[] | undefined;
}

/** What a model is asked for beside vectors; it may take no notice. */
export interface SearchModelOptions {
  /** Never: vectors are wanted whole. */
  dimension?: undefined;
  /** Cancels the call. */
  signal?: AbortSignal;
  /** `bulk` for documents. */
  priority?: 'interactive' | 'bulk';
  /** Called as texts are done. */
  onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** What `SemanticSearch` needs of a model; `WorkerModel` and `WasmModel` have it. */
export interface SearchModel {
  /** Numbers in each vector. */
  readonly dimension: number;
  /** What tells the model from others, and how long its texts may be. */
  readonly info: {
    readonly name?: string | undefined;
    /** What documents are bound to; see `ModelInfo.fingerprint`. Without one, it is the name. */
    readonly fingerprint?: string | undefined;
    /** Longest text in word pieces. */
    readonly maxLength: number;
  };
  /** The vectors of texts, one after the other. */
  encode(
    texts: readonly string[],
    normalize?: boolean,
    options?: SearchModelOptions,
  ): Float32Array | Promise<Float32Array>;
  /** The same with the prompt for queries; it is used where there is one. */
  encodeQuery?(texts: readonly string[], options?: SearchModelOptions): Float32Array | Promise<Float32Array>;
  /** The same with the prompt for documents, likewise. */
  encodeDocuments?(
    texts: readonly string[],
    options?: SearchModelOptions,
  ): Float32Array | Promise<Float32Array>;
  /** Parts of a text that the model reads whole. */
  chunk(text: string, options?: { readonly maxTokens?: number }): Chunk[] | Promise<Chunk[]>;
}

/** How far `add` has come. */
export interface AddProgress {
  /** Documents that are done, and kept. */
  readonly done: number;
  /** Documents of the call, without those that have the id of a later one. */
  readonly total: number;
  /** How much of all the text is done, from 0 to 1: it moves within a long document too. */
  readonly fraction: number;
}

/** What became of the documents that were added. */
export interface AddSummary {
  /** New ones. */
  readonly added: number;
  /** Those that replaced another text, title or metadata of the same id. */
  readonly updated: number;
  /** Those that were there as they are. */
  readonly unchanged: number;
}

/** What `add` takes beside documents. */
export interface AddOptions {
  /**
   * The model that made the ready vectors of the documents, as `model.info` of it. They are refused if it
   * is not the model of the search.
   */
  model?: string | ModelIdentity | undefined;
  /** Called as passages are encoded and documents are done. */
  onProgress?: ((progress: AddProgress) => void) | undefined;
  /**
   * Cancels the call, which then rejects with `signal.reason`. Documents that are done stay, and another call
   * continues after them.
   */
  signal?: AbortSignal | undefined;
}

/**
 * What `SemanticSearch.open` takes: where there is no `model`, also what `WorkerModel.from_type`
 * takes, to load MiniLM.
 */
export interface SemanticSearchOptions extends WorkerLoadOptions {
  /**
   * A `WorkerModel`, a `WasmModel` or something like them; `close` leaves it alone. Options that say how a
   * model is loaded are then refused.
   */
  model?: SearchModel | undefined;
  /** Whether the documents are kept for the next visit; default true. */
  persist?: boolean | undefined;
  /** Encodes the documents again if they were encoded by another model, instead of refusing them. */
  rebuild?: boolean | undefined;
  /** Called while that is done. */
  onRebuild?: ((progress: AddProgress) => void) | undefined;
  /**
   * Address of documents that were prepared with `edgebert index --documents` or `toBytes`, by the same
   * model; may be relative to the page. They are downloaded, kept and searched together with those that
   * the page adds, and none of them is encoded.
   *
   * Each `open` asks the server whether the file has changed (ETag, Last-Modified). If it has, documents
   * that are new in it, changed or gone are brought up to date; those that the page has added, replaced
   * or removed stay as the page left them. If the server can't be reached, or has no usable file, what is
   * kept is used and `onWarning` is told.
   */
  from?: string | URL | undefined;
  /** Called while the prepared documents arrive. */
  onFetch?: ((progress: IndexProgress) => void) | undefined;
}

/** What `SemanticSearch.fromBytes` takes: a model, or how to load MiniLM. */
export type PreparedSearchOptions = Omit<
  SemanticSearchOptions,
  'persist' | 'rebuild' | 'onRebuild' | 'from' | 'onFetch'
>;

/** What `SemanticSearch.search` takes beside the query. */
export interface SemanticSearchQueryOptions {
  /** How many results at most; default 10. */
  topK?: number | undefined;
  /**
   * How many results one document can be, each with another of its passages; default 1. More than
   * one finds all the places in a long text that answer; they rank among those of other documents.
   */
  passagesPerDocument?: number | undefined;
  /** Which documents count, by their metadata and ids; as for `SearchIndex.search`. */
  filter?: SearchFilter | undefined;
  /**
   * Leaves out what scores less, as `SemanticSearchResult.score` has it: for a cosine, `alpha` must be 1.
   * There is no such threshold by default.
   */
  minScore?: number | undefined;
  /**
   * The weight of meaning beside that of the words themselves, from 0 to 1, as for `SearchIndex.search`. The
   * default, 0.5, also finds error codes and proper names; 1 is meaning alone, 0 the words alone.
   */
  alpha?: number | undefined;
  /** Cancels the call, such as for a query that is out of date; it then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** A document, and a passage of it that answers. */
export interface SemanticSearchResult {
  /** The document's. */
  readonly id: string;
  /**
   * The passage's, as for `SearchIndex.search`: the rankings by meaning and by words fused, 1 where it is the
   * first in both; with `alpha` 1 the cosine, from -1 to 1.
   */
  readonly score: number;
  /** The passage: `document.text.slice(start, end)`. */
  readonly text: string;
  /** Its place in the document's text, in UTF-16 code units. */
  readonly start: number;
  /** Where it ends, in the same units. */
  readonly end: number;
  /** The document's title, if it has one. */
  readonly title: string | undefined;
  /** A copy of the document's metadata. */
  readonly metadata: Metadata | undefined;
}
