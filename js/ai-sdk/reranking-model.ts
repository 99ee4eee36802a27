import type { CrossEncoder } from '../models/cross-encoder.js';
import { loadingModel } from '../models/loading-model.js';
import type { WorkerCrossEncoder } from '../models/worker-cross-encoder.js';
import { throwIfAborted } from '../shared/abort.js';
import { isObjectWith } from '../shared/checks.js';
import { identity, PROVIDER } from './identity.js';
import type {
  AiModelOptions,
  AiRerankingCall,
  AiRerankingModel,
  AiRerankingResult,
  AiSpecification,
  AiWarning,
} from './types.js';

const isModel = isObjectWith('a loaded cross-encoder, such as a WorkerCrossEncoder', 'rank');

/**
 * A model for the AI SDK's `rerank`: a cross-encoder that reads the query together with each document.
 * Documents that are objects are read as lines of `name: value`.
 *
 * @param model a loaded cross-encoder, or one that is still loading; the caller terminates it
 * @param modelId the name in logs; `edgebert` by default
 * @param options `specification: 'v3'` for `ai` 6
 */
export function rerankingModel<Version extends AiSpecification = 'v4'>(
  model: CrossEncoder | WorkerCrossEncoder | Promise<CrossEncoder | WorkerCrossEncoder>,
  modelId = PROVIDER,
  options: AiModelOptions<Version> = {},
): AiRerankingModel<Version> {
  const name = identity('rerankingModel', modelId, options);
  const loading = loadingModel(model, isModel);
  return {
    ...name,
    doRerank: async (call) => rerank(await loading, call),
  };
}

async function rerank(
  model: CrossEncoder | WorkerCrossEncoder,
  { documents, query, topN, abortSignal }: AiRerankingCall,
): Promise<AiRerankingResult> {
  const warnings: AiWarning[] = [];
  let texts: string[];
  if (documents.type === 'text') texts = documents.values;
  else {
    texts = documents.values.map(lines);
    warnings.push({
      type: 'compatibility',
      feature: 'object documents',
      details: 'Objects are read as lines of “name: value”; give texts to choose what is read.',
    });
  }
  throwIfAborted(abortSignal);
  const options = { ...(topN !== undefined && { topK: topN }), ...(abortSignal && { signal: abortSignal }) };
  const ranked = await model.rank(query, texts, options);
  return { ranking: ranked.map(({ index, score }) => ({ index, relevanceScore: score })), warnings };
}

function lines(document: Record<string, unknown>): string {
  return Object.entries(document)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}
