import type { WorkerCrossEncoder } from '../../models/worker-cross-encoder.js';
import type { WorkerModel } from '../../models/worker-model.js';
import { HttpError, isBoolean, isCount, isString, optional } from './http.js';
import type { Metrics } from './metrics.js';

type Body = Record<string, unknown>;

/** `POST /v1/embeddings`, as OpenAI's API defines it; `prompt` names one of the model's prompts. */
export async function embeddings(
  model: WorkerModel,
  name: string,
  body: Body,
  signal: AbortSignal,
  metrics: Metrics,
): Promise<object> {
  // There is one model, which the answer names, so a client may ask for any.
  optional(body, 'model', 'a string', isString);
  const { input } = body;
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every(isString)) {
    throw new HttpError(400, '`input` must be a string or a non-empty array of strings');
  }
  const format = optional(body, 'encoding_format', '"float" or "base64"', isString) ?? 'float';
  if (format !== 'float' && format !== 'base64') {
    throw new HttpError(400, '`encoding_format` must be "float" or "base64"');
  }
  const dimension = optional(body, 'dimensions', 'a positive integer', isCount);
  if (dimension !== undefined && dimension > model.dimension) {
    throw new HttpError(400, `\`dimensions\` must be at most ${model.dimension} (received ${dimension})`);
  }
  const prompt = optional(body, 'prompt', 'the name of a prompt', isString);
  if (prompt !== undefined && !Object.hasOwn(model.info.prompts, prompt)) {
    const known = Object.keys(model.info.prompts).join(', ') || 'none';
    throw new HttpError(400, `\`prompt\` must name one of the model's prompts (${known})`);
  }
  const [flat, counts] = await Promise.all([
    model.encode(texts, true, {
      signal,
      ...(dimension !== undefined && { dimension }),
      ...(prompt !== undefined && { prompt }),
    }),
    Promise.all(texts.map((text) => model.countTokens(text))),
  ]);
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  metrics.encoded(texts.length, tokens);
  const length = flat.length / texts.length;
  const data = texts.map((_, index) => {
    const row = flat.slice(index * length, (index + 1) * length);
    const embedding = format === 'float' ? Array.from(row) : Buffer.from(row.buffer).toString('base64');
    return { object: 'embedding', index, embedding };
  });
  return { object: 'list', data, model: name, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** `POST /v1/rerank`, as Jina's and Cohere's APIs have it: documents by relevance to a query. */
export async function rerank(
  model: WorkerCrossEncoder,
  name: string,
  body: Body,
  signal: AbortSignal,
  metrics: Metrics,
): Promise<object> {
  optional(body, 'model', 'a string', isString);
  const { query } = body;
  if (!isString(query)) throw new HttpError(400, '`query` must be a string');
  if (!Array.isArray(body.documents) || body.documents.length === 0) {
    throw new HttpError(400, '`documents` must be a non-empty array of strings or of objects with a `text`');
  }
  const documents = body.documents.map((document: unknown, i) => {
    const text = isString(document) ? document : (document as { text?: unknown } | null)?.text;
    if (isString(text)) return text;
    throw new HttpError(400, `\`documents[${i}]\` must be a string or an object with a \`text\``);
  });
  const topK = optional(body, 'top_n', 'a positive integer', isCount);
  const withDocuments = optional(body, 'return_documents', 'a boolean', isBoolean) ?? false;
  const ranked = await model.rank(query, documents, { signal, ...(topK !== undefined && { topK }) });
  metrics.encoded(documents.length, 0);
  const results = ranked.map(({ index, score }) => ({
    index,
    relevance_score: score,
    ...(withDocuments && { document: { text: documents[index] } }),
  }));
  return { object: 'list', results, model: name };
}
