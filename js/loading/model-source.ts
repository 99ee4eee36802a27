import { describe } from '../shared/describe.js';
import { pretrainedLoader } from './hub-source.js';
import { knownLoader } from './registry-source.js';
import type { KnownModel } from './registry.js';
import type { ModelSink } from './types.js';
import type { ModelFiles, PretrainedOptions } from './types.js';
import { isModelFiles } from './user-files.js';

/** Where a model comes from, as the caller said it. */
export type ModelSource =
  | { readonly kind: 'registry'; readonly model: KnownModel }
  | { readonly kind: 'address'; readonly address: string | URL }
  | { readonly kind: 'files'; readonly files: ModelFiles };

/** What loading finds out about a model, besides what the engine says of it. */
export interface LoadedModel {
  /** See `ModelInfo.fingerprint`. */
  readonly fingerprint?: string;
}

/** @throws TypeError for a value that `from_pretrained` can't take. */
export function sourceOf(value: unknown): ModelSource {
  if (isModelFiles(value)) return { kind: 'files', files: value };
  if (typeof value === 'string' || value instanceof URL) return { kind: 'address', address: value };
  throw new TypeError(
    `from_pretrained takes a model id, an address or the model's files (received ${describe(value)})`,
  );
}

/** Loads a model into `sink`; `options` are those of either loader. */
export async function loadSource(
  source: ModelSource,
  options: PretrainedOptions,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  const load =
    source.kind === 'registry'
      ? knownLoader(source.model, options)
      : pretrainedLoader(source.kind === 'files' ? source.files : source.address, options);
  await load(sink, signal);
  return {};
}
