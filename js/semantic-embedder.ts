// edgebert/semantic-embedder: the SemanticEmbedder that browsers are to have built in.
import './package-files.js';

export { polyfill } from './semantic-embedder/polyfill.js';
export { SemanticEmbedder } from './semantic-embedder/semantic-embedder.js';
export type { SemanticEmbedderSource } from './semantic-embedder/source.js';
export type {
  SemanticEmbedderAvailability,
  SemanticEmbedderCallOptions,
  SemanticEmbedderCreateOptions,
  SemanticEmbedderMonitor,
  SemanticEmbedderParams,
  SemanticEmbedderResult,
  SemanticEmbedderSpace,
  SemanticEmbedderTask,
} from './semantic-embedder/types.js';
