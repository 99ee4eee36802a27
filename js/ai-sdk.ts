// edgebert/ai-sdk: embedding and reranking models for the Vercel AI SDK.
export { embeddingModel } from './ai-sdk/embedding-model.js';
export { rerankingModel } from './ai-sdk/reranking-model.js';
export type {
  AiEmbeddingCall,
  AiEmbeddingModel,
  AiEmbeddingResult,
  AiModelOptions,
  AiRerankingCall,
  AiRerankingModel,
  AiRerankingResult,
  AiSpecification,
  AiWarning,
} from './ai-sdk/types.js';
