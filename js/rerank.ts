// edgebert/rerank: cross-encoders, which score documents for a query.
import './package-files.js';

export { CrossEncoder } from './models/cross-encoder.js';
export { WorkerCrossEncoder } from './models/worker-cross-encoder.js';
export { WasmModelType } from './loading/registry.js';

export type { KnownModel, Task } from './loading/registry.js';
export type { ModelInfo, RankedDocument, RankOptions, WorkerRankOptions } from './models/types.js';
export type { LoadOptions, PretrainedOptions } from './loading/types.js';
export type { WorkerLoadOptions, WorkerPretrainedOptions, WorkOptions } from './workers/types.js';
