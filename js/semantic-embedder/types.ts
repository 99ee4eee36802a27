/** What vectors are for. A model with prompts of its own puts the one for queries or documents first. */
export type SemanticEmbedderTask =
  'semantic-similarity' | 'retrieval-query' | 'retrieval-document' | 'classification' | 'clustering';

/**
 * - `unavailable`: this browser cannot run the model
 * - `downloadable`: `create` has to download it
 * - `downloading`: a `create` is downloading it
 * - `available`: `create` needs no network
 */
export type SemanticEmbedderAvailability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

/** What `create` tells of a download: `downloadprogress` events whose `loaded` goes from 0 to 1. */
export type SemanticEmbedderMonitor = EventTarget;

/** A space that `create` takes, as `params` lists it. */
export interface SemanticEmbedderSpace {
  /** `edgebert/` and the model's name. */
  readonly embeddingSpace: string;
  /** When the space will not be served any more; null, as it always will be here. */
  readonly shutdownDate: number | null;
}

/** What `SemanticEmbedder.params` resolves to. */
export interface SemanticEmbedderParams {
  /** One: that of the model which `polyfill` names. */
  readonly supportedSpaces: readonly SemanticEmbedderSpace[];
}

/** What `SemanticEmbedder.create` takes. */
export interface SemanticEmbedderCreateOptions {
  /**
   * The space that the vectors must be in: one that `params` lists, or one that an earlier embedder named.
   * The proposal requires it; here the default is whatever model there is.
   */
  embeddingSpace?: string;
  /** For all calls of `embed` that name no other; default `semantic-similarity`. */
  taskType?: SemanticEmbedderTask;
  /** Is given the monitor before anything is downloaded. */
  monitor?: (monitor: SemanticEmbedderMonitor) => void;
  /** Cancels `create`; after that, destroys the embedder. */
  signal?: AbortSignal | undefined;
}

/** What `embed` and `measureInputUsage` take. */
export interface SemanticEmbedderCallOptions {
  /** For this call; default that of `create`. */
  taskType?: SemanticEmbedderTask;
  /** Cancels the call. */
  signal?: AbortSignal | undefined;
}

/** What `embed` resolves to. */
export interface SemanticEmbedderResult {
  /** In the order of the texts. Each vector has length 1. */
  readonly embeddings: readonly {
    readonly values: Float32Array;
    /** That of the embedder. */
    readonly embeddingSpace: string;
  }[];
  /** What to store beside the vectors. */
  readonly metadata: {
    /**
     * Names the space that the vectors are in: only vectors of the same space can be compared. It
     * changes with the model, its version, its precision and its dimension. `create` takes it, and
     * rejects where the model is another one.
     */
    readonly embeddingSpace: string;
    /** The longest text that a call takes, in tokens. */
    readonly maxInputTokens: number;
  };
}
