// The parts of the AI SDK's provider specification (version 4) that these models have to do with. They
// are written out here, so that the package depends on nothing; a test compares them with the SDK's own.

/** Something about a call that did not stop it, but may surprise its caller. */
export type AiWarning =
  | { type: 'unsupported'; feature: string; details?: string }
  | { type: 'compatibility'; feature: string; details?: string }
  | { type: 'other'; message: string };

/** What the SDK asks an embedding model for. */
export interface AiEmbeddingCall {
  values: string[];
  /** Keeps the first numbers of each vector only, for models that were trained for it. */
  dimensions?: number;
  abortSignal?: AbortSignal;
  /** `{ edgebert: { task: 'query' | 'document' } }` puts the model's own prompt before each text. */
  providerOptions?: Record<string, Record<string, unknown>>;
}

export interface AiEmbeddingResult {
  /** In the order of the values; each has length 1. */
  embeddings: number[][];
  /** Tokens of all values, [CLS] and [SEP] included, before long texts are cut. */
  usage: { tokens: number };
  warnings: AiWarning[];
}

/** An `EmbeddingModelV4`, for `embed` and `embedMany`. */
export interface AiEmbeddingModel {
  readonly specificationVersion: 'v4';
  readonly provider: string;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall: number;
  readonly supportsParallelCalls: boolean;
  doEmbed(call: AiEmbeddingCall): Promise<AiEmbeddingResult>;
}

/** What the SDK asks a reranking model for. */
export interface AiRerankingCall {
  documents: { type: 'text'; values: string[] } | { type: 'object'; values: Record<string, unknown>[] };
  query: string;
  topN?: number;
  abortSignal?: AbortSignal;
}

export interface AiRerankingResult {
  /** The best documents first. The scores are the cross-encoder's own, which only compare with each other. */
  ranking: { index: number; relevanceScore: number }[];
  warnings: AiWarning[];
}

/** A `RerankingModelV4`, for `rerank`. */
export interface AiRerankingModel {
  readonly specificationVersion: 'v4';
  readonly provider: string;
  readonly modelId: string;
  doRerank(call: AiRerankingCall): Promise<AiRerankingResult>;
}
