import '../models/this-thread.js';

export { SearchIndex } from './index/search-index.js';
export { SemanticSearch } from './semantic/semantic-search.js';

export type {
  EmbeddingModel,
  FilterValue,
  HybridQuery,
  IndexEntry,
  IndexExpectation,
  IndexFetchOptions,
  IndexPrecision,
  IndexProgress,
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
  PreparedSearchOptions,
  SearchDocument,
  SearchModel,
  SearchModelOptions,
  SearchPassage,
  SemanticSearchOptions,
  SemanticSearchQueryOptions,
  SemanticSearchResult,
} from './semantic/types.js';
