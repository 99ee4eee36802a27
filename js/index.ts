export { init as default } from './engine/start.js';
export { WasmModel } from './models/wasm-model.js';
export { WorkerModel } from './models/worker-model.js';
export { CrossEncoder } from './models/cross-encoder.js';
export { WorkerCrossEncoder } from './models/worker-cross-encoder.js';
export { WasmModelType, MiniLML6V2 } from './loading/registry.js';
export { SearchIndex } from './search/index/search-index.js';
export { SemanticSearch } from './search/semantic/semantic-search.js';
export { EdgeBertError } from './shared/errors.js';
export { cache } from './storage/cache.js';
export { pack } from './loading/pack.js';
export { similarity, pairwise } from './vectors/similarity.js';
export { duplicates } from './vectors/duplicates.js';
export { cluster } from './vectors/cluster.js';

export type { EdgeBertErrorCode } from './shared/errors.js';
export type { PackOptions } from './loading/pack.js';
export type { CachedModel, CacheEstimate } from './storage/cache.js';
export type { KnownModel, Task } from './loading/registry.js';
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
} from './search/semantic/types.js';
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
} from './models/types.js';
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
} from './search/index/types.js';
