export { init as default } from './runtime.js';
export { WasmModel } from './wasm-model.js';
export { WorkerModel } from './worker-model.js';
export { CrossEncoder } from './cross-encoder.js';
export { WorkerCrossEncoder } from './worker-cross-encoder.js';
export { WasmModelType, MiniLML6V2 } from './weights/registry.js';
export { SearchIndex } from './search/search-index.js';
export { SemanticSearch } from './search/semantic-search.js';
export { EdgeBertError } from './errors.js';
export { cache } from './weights/cache.js';
export { pack } from './pack.js';
export { similarity, pairwise } from './vectors/similarity.js';
export { duplicates } from './vectors/duplicates.js';
export { cluster } from './vectors/cluster.js';

export type { EdgeBertErrorCode } from './errors.js';
export type { PackOptions } from './pack.js';
export type { CachedModel, CacheEstimate } from './weights/cache.js';
export type { KnownModel, Task } from './weights/registry.js';
export type {
  AddOptions,
  AddProgress,
  AddSummary,
  SearchDocument,
  SearchModel,
  SearchModelOptions,
  SemanticSearchOptions,
  SemanticSearchQueryOptions,
  SemanticSearchResult,
} from './search/semantic-types.js';
export type { ClusterOptions, Clusters } from './vectors/cluster.js';
export type { DuplicatePair, DuplicatesOptions } from './vectors/duplicates.js';
export type { Vector, Vectors } from './vectors/rows.js';
export type {
  ByteSource,
  Chunk,
  ChunkOptions,
  EncodeOptions,
  EncodeStreamOptions,
  InitOptions,
  LoadOptions,
  LoadProgress,
  ModelFiles,
  ModelInfo,
  Precision,
  PretrainedOptions,
  RankedDocument,
  RankOptions,
  TextOptions,
  TokensWithOffsets,
  VectorOptions,
  WorkerLoadOptions,
  WorkerOptions,
  WorkerPretrainedOptions,
  WorkerRankOptions,
  WorkerTextOptions,
  WorkOptions,
} from './types.js';
export type {
  FilterValue,
  HybridQuery,
  IndexEntry,
  IndexExpectation,
  IndexPrecision,
  Metadata,
  SavedIndexInfo,
  SearchFilter,
  SearchIndexOptions,
  SearchOptions,
  SearchResult,
} from './search/types.js';
