import { checkAnswer } from './weights/http.js';
import type { ByteSource, ModelFiles } from './types.js';

/** The same files, with bodies that can be read more than once: a lost worker's successor needs them. */
export async function keptFiles(files: ModelFiles): Promise<ModelFiles> {
  const { weights, config, tokenizer, others } = files;
  const named = await Promise.all(
    Object.entries(others ?? {}).map(async ([name, source]) => [name, await kept(source)] as const),
  );
  return {
    weights: isList(weights) ? await Promise.all(weights.map(kept)) : await kept(weights),
    ...(config !== undefined && { config: await kept(config) }),
    ...(tokenizer !== undefined && { tokenizer: await kept(tokenizer) }),
    others: Object.fromEntries(named),
  };
}

function isList(weights: ModelFiles['weights']): weights is readonly ByteSource[] {
  return Array.isArray(weights);
}

async function kept<Source extends string | ByteSource>(source: Source): Promise<Source | Blob> {
  if (!(source instanceof Response)) return source;
  checkAnswer(source.url, source);
  return source.blob();
}
