// The parts of the AI SDK's provider specification that these models have to do with. They are written out
// here, so that the package depends on nothing; a test compares them with the SDK's own.

/** A version of the provider specification: `v4` for `ai` 7 and later, `v3` for `ai` 6 and 7. */
export type AiSpecification = 'v3' | 'v4';

/** How a model presents itself to the SDK. */
export interface AiModelOptions<Version extends AiSpecification = 'v4'> {
  /** Default `v4`. `ai` 6, which is what npm installs under Node 20, needs `v3`. */
  specification?: Version;
}

/** Something about a call that did not stop it, but may surprise its caller. */
export type AiWarning =
  | { type: 'unsupported'; feature: string; details?: string }
  | { type: 'compatibility'; feature: string; details?: string }
  | { type: 'other'; message: string };

/** What the SDK asks an embedding model for. */
export interface AiEmbeddingCall {
  /** The texts. */
  values: string[];
  /** Keeps the first numbers of each vector only, for models that were trained for it. */
  dimensions?: number;
  /** Cancels the call, which then rejects with its reason. */
  abortSignal?: AbortSignal;
  /** `{ edgebert: { task: 'query' | 'document' } }` puts the model's own prompt before each text. */
  providerOptions?: Record<string, Record<string, unknown>>;
}

/** What an embedding model answers. */
export interface AiEmbeddingResult {
  /** In the order of the values; each has length 1. */
  embeddings: number[][];
  /** Tokens of all values, [CLS] and [SEP] included, before long texts are cut. */
  usage: { tokens: number };
  /** Always empty. */
  warnings: AiWarning[];
}

/** An `EmbeddingModelV4` or `EmbeddingModelV3`, which are alike here, for `embed` and `embedMany`. */
export interface AiEmbeddingModel<Version extends AiSpecification = 'v4'> {
  /** The version of the SDK's provider specification. */
  readonly specificationVersion: Version;
  /** `edgebert`. */
  readonly provider: string;
  /** The name that was given to `embeddingModel`. */
  readonly modelId: string;
  /** Infinity: all texts of a call are encoded together. */
  readonly maxEmbeddingsPerCall: number;
  /** True. */
  readonly supportsParallelCalls: boolean;
  /** Called by the SDK. Rejects as `encode` of the model does. */
  doEmbed(call: AiEmbeddingCall): Promise<AiEmbeddingResult>;
}

/** What the SDK asks a reranking model for. */
export interface AiRerankingCall {
  /** Texts, or objects, which are read as lines of `name: value`. */
  documents: { type: 'text'; values: string[] } | { type: 'object'; values: Record<string, unknown>[] };
  /** The text that the documents are ranked for. */
  query: string;
  /** How many documents to return at most; default all. */
  topN?: number;
  /** Cancels the call, which then rejects with its reason. */
  abortSignal?: AbortSignal;
}

/** What a reranking model answers. */
export interface AiRerankingResult {
  /** The best documents first. The scores are the cross-encoder's own, which only compare with each other. */
  ranking: { index: number; relevanceScore: number }[];
  /** Says so where objects were read as lines. */
  warnings: AiWarning[];
}

/** A `RerankingModelV4` or `RerankingModelV3`, which are alike here, for `rerank`. */
export interface AiRerankingModel<Version extends AiSpecification = 'v4'> {
  /** The version of the SDK's provider specification. */
  readonly specificationVersion: Version;
  /** `edgebert`. */
  readonly provider: string;
  /** The name that was given to `rerankingModel`. */
  readonly modelId: string;
  /** Called by the SDK. Rejects as `rank` of the model does. */
  doRerank(call: AiRerankingCall): Promise<AiRerankingResult>;
}
