import { checkAnswer } from './http.js';
import type { ByteSource, ModelFiles } from './types.js';

/** The same files, with bodies that can be read more than once: a lost worker's successor needs them. */
export async function keptFiles(files: ModelFiles): Promise<ModelFiles> {
  const { weights, config, tokenizer, others } = files;
  const named = await Promise.all(
    Object.entries(others ?? {}).map(async ([name, source]) => [name, await kept(source, name)] as const),
  );
  return {
    weights: isList(weights)
      ? await Promise.all(weights.map((shard) => kept(shard, 'weights')))
      : await kept(weights, 'weights'),
    ...(config !== undefined && { config: await kept(config, 'config') }),
    ...(tokenizer !== undefined && { tokenizer: await kept(tokenizer, 'tokenizer') }),
    others: Object.fromEntries(named),
  };
}

function isList(weights: ModelFiles['weights']): weights is readonly ByteSource[] {
  return Array.isArray(weights);
}

async function kept<Source extends string | ByteSource>(
  source: Source,
  name: string,
): Promise<Source | Blob> {
  if (!(source instanceof Response)) return source;
  // One that a program has made has no address.
  checkAnswer(source.url || name, source);
  return source.blob();
}
