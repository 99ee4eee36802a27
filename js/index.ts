export { init as default } from './runtime.js';
export { WasmModel } from './wasm-model.js';
export { WorkerModel } from './worker-model.js';
export { WasmModelType, MiniLML6V2 } from './weights/registry.js';
export { EdgeBertError } from './errors.js';
export { cache } from './weights/cache.js';

export type { EdgeBertErrorCode } from './errors.js';
export type { CachedModel, CacheEstimate } from './weights/cache.js';
export type { KnownModel } from './weights/registry.js';
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
  TokensWithOffsets,
  WorkerLoadOptions,
  WorkerOptions,
  WorkerPretrainedOptions,
} from './types.js';
