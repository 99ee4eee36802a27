export { SearchIndex } from './index/search-index.js';
export { SemanticSearch } from './semantic/semantic-search.js';

export type {
  EmbeddingModel,
  FilterValue,
  HybridQuery,
  IndexEntry,
  IndexExpectation,
  IndexPrecision,
  Metadata,
  ModelIdentity,
  ReembedOptions,
  SavedIndexInfo,
  SearchFilter,
  SearchIndexOptions,
  SearchOptions,
  SearchResult,
} from './index/types.js';
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
} from './semantic/types.js';
