import { MiniLML6V2, WasmModelType, type KnownModel } from '../loading/registry.js';
import type { WasmModel } from '../models/wasm-model.js';
import { WorkerModel } from '../models/worker-model.js';
import { checkOptions, isFlag, isObjectWith, isOneOf, isText, type Checks } from '../shared/checks.js';
import { EdgeBertError } from '../shared/errors.js';
import type { WorkerPretrainedOptions } from '../workers/types.js';
import { Tensor } from './tensor.js';

/** What transformers.js tells a `progress_callback`. */
export type ProgressInfo =
  | { status: 'initiate' | 'download' | 'done'; name: string; file: string }
  | { status: 'progress'; name: string; file: string; progress: number; loaded: number; total: number }
  | { status: 'ready'; task: string; model: string };

/** transformers.js's options that mean something here, and edgebert's own. */
export interface PipelineOptions extends Omit<WorkerPretrainedOptions, 'device'> {
  /** `fp32` is edgebert's `precision: 'f32'`; every other one is int8. */
  dtype?: string | Record<string, string> | null;
  /** Everything runs in WebAssembly, whatever it says. */
  device?: string | Record<string, string> | null;
  /** Hears of the download, with percentages in `progress`. */
  progress_callback?: ((progress: ProgressInfo) => void) | null;
}

/** What the pipeline takes beside texts. */
export interface FeatureExtractionOptions {
  /** `mean`, `cls` or `first_token`: the one that the model was trained with. `none` has no counterpart. */
  pooling?: 'none' | 'mean' | 'cls' | 'first_token' | 'eos' | 'last_token';
  /** Whether each vector is scaled to length 1; default false. */
  normalize?: boolean;
  /** Whether each number becomes one bit. */
  quantize?: boolean;
  /** Whether the bits are packed into signed bytes (the default) or unsigned ones. */
  precision?: 'binary' | 'ubinary';
}

/** Turns texts into a tensor of `texts.length × dimension`. */
export interface FeatureExtractionPipeline {
  (texts: string | string[], options?: FeatureExtractionOptions): Promise<Tensor>;
  /** `feature-extraction`. */
  readonly task: 'feature-extraction';
  /** The model that does the work. */
  readonly model: WasmModel | WorkerModel;
  /** Ends the model. */
  dispose(): Promise<void>;
}

const TASK = 'feature-extraction';
const isModel = isObjectWith(
  'the name of a model, or a loaded one such as a WorkerModel',
  'encode',
  'dispose',
);
/** Which poolings there are, the model says. */
const EXTRACT: Checks<FeatureExtractionOptions> = {
  pooling: isText,
  normalize: isFlag,
  quantize: isFlag,
  precision: isOneOf('binary', 'ubinary'),
};
/** Organisations that publish other people's models in transformers.js's format, under their names. */
const MIRRORS = /^(Xenova|onnx-community)\/(.+?)(-ONNX)?$/;
const FILE = 'model.safetensors';
/** Options of transformers.js that have nothing to say here. */
const NO_COUNTERPART: ReadonlySet<string> = new Set([
  ...['config', 'cache_dir', 'local_files_only', 'subfolder', 'model_file_name'],
  ...['use_external_data_format', 'session_options'],
]);

/**
 * transformers.js's `pipeline` for the one task that there is here.
 *
 * @param task `feature-extraction`, or `embeddings`, which means the same
 * @param model a name such as `Xenova/all-MiniLM-L6-v2`, whatever else `from_pretrained` takes, or
 * a model that is loaded already
 * @throws EdgeBertError `unsupported` for other tasks
 */
export async function pipeline(
  task: string,
  model: string | WasmModel | WorkerModel | null = MiniLML6V2.id,
  options: PipelineOptions = {},
): Promise<FeatureExtractionPipeline> {
  if (task !== TASK && task !== 'embeddings') {
    throw new EdgeBertError('unsupported', `edgebert/transformers has the task ${TASK} only, not ${task}`);
  }
  let loaded: WasmModel | WorkerModel;
  if (typeof model === 'object' && model !== null) {
    isModel('`model`', model);
    loaded = model;
  } else {
    loaded = await load(model ?? MiniLML6V2.id, options);
  }
  const extract = async (texts: string | string[], how: FeatureExtractionOptions = {}): Promise<Tensor> => {
    checkOptions('The pipeline', how, EXTRACT);
    checkPooling(how.pooling ?? 'none', loaded);
    const list = typeof texts === 'string' ? [texts] : texts;
    const vectors = await loaded.encode(list, how.normalize ?? false);
    const dims = [list.length, loaded.dimension];
    return how.quantize
      ? quantize(vectors, dims, how.precision ?? 'binary')
      : new Tensor('float32', vectors, dims);
  };
  const dispose = async () => loaded.dispose();
  return Object.assign(extract, { task: TASK, model: loaded, dispose } as const);
}

async function load(name: string, options: PipelineOptions): Promise<WorkerModel> {
  const { dtype, device, progress_callback: tell, ...given } = options;
  const own = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== null && !NO_COUNTERPART.has(name)),
  ) as WorkerPretrainedOptions;
  const known = mirroredModel(name);
  // A mirror's commits and branches are not those of the original, which is read in its place.
  if (known && known.id !== name) delete own.revision;
  const onProgress: PipelineOptions['onProgress'] = (event) => {
    const { loaded, total } = event;
    tell?.({ status: 'progress', name, file: FILE, progress: (100 * loaded) / total, loaded, total });
    options.onProgress?.(event);
  };
  const settings: WorkerPretrainedOptions = {
    ...(dtype === 'fp32' && { precision: 'f32' }),
    ...own,
    onProgress,
  };
  tell?.({ status: 'initiate', name, file: FILE });
  const model = await (known && settings.revision === undefined
    ? WorkerModel.from_type(known, settings)
    : WorkerModel.from_pretrained(name, settings));
  tell?.({ status: 'done', name, file: FILE });
  tell?.({ status: 'ready', task: TASK, model: name });
  return model;
}

/** The model of the registry that goes by this name, at its own place or at a mirror's. */
function mirroredModel(id: string): KnownModel | undefined {
  const [, , mirrored] = MIRRORS.exec(id) ?? [];
  return Object.values<KnownModel>(WasmModelType).find((model) => model.id === id || model.name === mirrored);
}

function checkPooling(pooling: string, { info }: WasmModel | WorkerModel): void {
  const asked = pooling === 'first_token' ? 'cls' : pooling;
  if (asked === info.pooling) return;
  const reason =
    asked === 'none'
      ? 'there are no vectors of single tokens here'
      : `this model is made for ${info.pooling} pooling`;
  throw new EdgeBertError(
    'unsupported',
    `pooling '${pooling}': ${reason}; ask for { pooling: '${info.pooling}' }`,
  );
}

/** One bit for each number, the first one highest: whether it is above zero. */
function quantize(
  vectors: Float32Array,
  [rows, dimension]: number[],
  precision: 'binary' | 'ubinary',
): Tensor {
  if (dimension! % 8)
    throw new EdgeBertError('unsupported', `quantize: ${dimension} bits are no whole bytes`);
  const signed = precision === 'binary';
  const bytes = new Uint8Array(vectors.length / 8);
  vectors.forEach((value, i) => {
    if (value > 0) bytes[i >> 3]! |= 128 >> (i & 7);
  });
  // Signed bytes are less by 128, as in sentence-transformers.
  if (signed) bytes.forEach((byte, i) => (bytes[i] = byte - 128));
  const data = signed ? new Int8Array(bytes.buffer) : bytes;
  return new Tensor(signed ? 'int8' : 'uint8', data, [rows!, dimension! / 8]);
}
