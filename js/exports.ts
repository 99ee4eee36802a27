// What `edgebert` and `edgebert/inline` export: the two differ in where the wasm and the worker are.
import './models/this-thread.js';

export { init as default } from './engine/start.js';
export { WasmModel } from './models/wasm-model.js';
export { WorkerModel } from './models/worker-model.js';
export { CrossEncoder } from './models/cross-encoder.js';
export { WorkerCrossEncoder } from './models/worker-cross-encoder.js';
export { WasmModelType, MiniLML6V2 } from './loading/registry.js';
export { EdgeBertError } from './shared/errors.js';
export { cache } from './storage/cache.js';
export { pack } from './models/pack.js';
export * from './search/exports.js';
export * from './vectors.js';

export type { EdgeBertErrorCode } from './shared/errors.js';
export type { PackOptions } from './models/pack.js';
export type { CachedModel, CacheEstimate } from './storage/cache.js';
export type { KnownModel, Task } from './loading/registry.js';
export type {
  Chunk,
  ChunkOptions,
  EncodeOptions,
  EncodeStreamOptions,
  ModelInfo,
  RankedDocument,
  RankOptions,
  TextOptions,
  VectorOptions,
  WorkerRankOptions,
  WorkerTextOptions,
} from './models/types.js';
export type { WorkerLoadOptions, WorkerPretrainedOptions } from './workers/types.js';
export type { ByteSource, LoadOptions, ModelFiles, PretrainedOptions } from './loading/types.js';
export type { InitOptions, TokensWithOffsets } from './engine/types.js';
export type { Kernel, KernelChoice, LoadProgress, Precision } from './shared/types.js';
export type { DeviceChoice, ModelDevice, WorkOptions, WorkerOptions } from './workers/types.js';
