import './package-files.js';

export { pipeline } from './transformers/pipeline.js';
export type { Tensor } from './transformers/tensor.js';
export type {
  FeatureExtractionOptions,
  FeatureExtractionPipeline,
  PipelineOptions,
  ProgressInfo,
} from './transformers/pipeline.js';
