import { loadingModel } from '../models/loading-model.js';
import type { WasmModel } from '../models/wasm-model.js';
import type { WorkerModel } from '../models/worker-model.js';
import { throwIfAborted } from '../shared/abort.js';
import { isObjectWith } from '../shared/checks.js';
import { describe } from '../shared/describe.js';
import { identity, PROVIDER } from './identity.js';
import type {
  AiEmbeddingCall,
  AiEmbeddingModel,
  AiEmbeddingResult,
  AiModelOptions,
  AiSpecification,
} from './types.js';

const TASKS = ['query', 'document'] as const;
type Task = (typeof TASKS)[number];

const isModel = isObjectWith('a loaded model, such as a WorkerModel', 'encodeQuery', 'encodeDocuments');

/**
 * A model for the AI SDK's `embed` and `embedMany`. All texts of a call are encoded on this device.
 *
 * @param model a loaded model, or one that is still loading; the caller terminates it
 * @param modelId the name in logs; `edgebert` by default, since the model's own may not be known yet
 * @param options `specification: 'v3'` for `ai` 6
 *
 * ```js
 * const model = embeddingModel(WorkerModel.from_type(MiniLML6V2));
 * const { embeddings } = await embedMany({ model, values: ['a harbour', 'a port'] });
 * ```
 */
export function embeddingModel<Version extends AiSpecification = 'v4'>(
  model: WasmModel | WorkerModel | Promise<WasmModel | WorkerModel>,
  modelId = PROVIDER,
  options: AiModelOptions<Version> = {},
): AiEmbeddingModel<Version> {
  const name = identity('embeddingModel', modelId, options);
  const loading = loadingModel(model, isModel);
  return {
    ...name,
    maxEmbeddingsPerCall: Infinity,
    supportsParallelCalls: true,
    doEmbed: async (call) => embed(await loading, call),
  };
}

async function embed(
  model: WasmModel | WorkerModel,
  { values, dimensions, abortSignal, providerOptions }: AiEmbeddingCall,
): Promise<AiEmbeddingResult> {
  const task = taskOf(providerOptions?.[PROVIDER]?.['task']);
  const options = {
    ...(dimensions !== undefined && { dimension: dimensions }),
    // Undefined leaves out the prompt, where the model has none of that name.
    ...(abortSignal && { signal: abortSignal }),
  };
  throwIfAborted(abortSignal);
  const flat =
    task === undefined
      ? await model.encode(values, true, options)
      : await model[task === 'query' ? 'encodeQuery' : 'encodeDocuments'](values, options);
  const counts = await Promise.all(values.map((text) => model.countTokens(text)));
  const width = values.length === 0 ? 0 : flat.length / values.length;
  return {
    embeddings: values.map((_, i) => Array.from(flat.subarray(i * width, (i + 1) * width))),
    usage: { tokens: counts.reduce((sum, count) => sum + count, 0) },
    warnings: [],
  };
}

function taskOf(task: unknown): Task | undefined {
  if (task === undefined || TASKS.includes(task as Task)) return task as Task | undefined;
  throw new TypeError(
    `\`providerOptions.edgebert.task\` must be 'query' or 'document' (received ${describe(task)})`,
  );
}
