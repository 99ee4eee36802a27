// edgebert/react: hooks for embeddings and semantic search.
'use client';
import './package-files.js';

export { useEmbeddings } from './react/use-embeddings.js';
export { useSemanticSearch } from './react/use-semantic-search.js';
export type { EmbeddingsOptions, EmbeddingsState } from './react/use-embeddings.js';
export type { SemanticSearchHookOptions, SemanticSearchState } from './react/use-semantic-search.js';
