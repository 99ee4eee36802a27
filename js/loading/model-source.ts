import { checkOptions, isAnything, type Checks } from '../shared/checks.js';
import { describe } from '../shared/describe.js';
import { EdgeBertError } from '../shared/errors.js';
import { lazy } from '../shared/lazy.js';
import { builtin } from '../shared/node.js';
import { notify } from '../shared/notify.js';
import { loadModel } from './load-model.js';
import { locate } from './locate.js';
import { readName } from './names.js';
import type { KnownModel } from './registry.js';
import type { LoadedModel, ModelFiles, ModelSink, PretrainedOptions } from './types.js';

/** Where a model comes from, as the caller said it. */
export type ModelSource =
  | { readonly kind: 'registry'; readonly model: KnownModel }
  | { readonly kind: 'address'; readonly address: string | URL }
  | { readonly kind: 'files'; readonly files: ModelFiles };

/** The files are checked as they are read. */
const FILES: Checks<ModelFiles> = {
  weights: isAnything,
  config: isAnything,
  tokenizer: isAnything,
  others: isAnything,
};

/** @throws TypeError for a value that `from_pretrained` can't take. */
export function sourceOf(value: unknown): ModelSource {
  if (isModelFiles(value)) {
    checkOptions('ModelFiles', value, FILES, 'field');
    return { kind: 'files', files: value };
  }
  if (typeof value === 'string' || value instanceof URL) return { kind: 'address', address: value };
  const hint = 'revision' in Object(value) ? '; values of WasmModelType are for from_type' : '';
  throw new TypeError(
    "from_pretrained takes a model id, an address, or the model's files as { weights, config, tokenizer } " +
      `(received ${describe(value)})${hint}`,
  );
}

/** Loads a model into `sink`; `options` are those of either loader. */
export async function loadSource(
  source: ModelSource,
  options: PretrainedOptions,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  if (source.kind === 'files') {
    const { loadFiles } = await userFiles();
    return loadFiles(source.files, options, sink, signal);
  }
  const location = locate(source, options);
  const hint = await hintFor(source);
  if (hint === undefined) return loadModel(location, options, sink, signal);
  notify(options.onWarning, new EdgeBertError('state', hint));
  try {
    return await loadModel(location, options, sink, signal);
  } catch (error) {
    if (!(error instanceof EdgeBertError) || error.code !== 'network') throw error;
    throw new EdgeBertError('network', `${error.message}. ${hint}`, { cause: error });
  }
}

/** Only what has a file system can have a folder that is meant. */
async function hintFor(source: ModelSource): Promise<string | undefined> {
  const name = source.kind === 'address' && builtin('node:fs') ? readName(source.address) : undefined;
  if (name?.kind !== 'hub') return undefined;
  const { localFolderHint } = await lazy(() => import('./local-folder.js'));
  return localFolderHint(name.id);
}

/** The same files with bodies that can be read again: the worker that replaces a crashed one needs them. */
export async function rereadable(files: ModelFiles): Promise<ModelFiles> {
  return (await userFiles()).rereadable(files);
}

function isModelFiles(source: unknown): source is ModelFiles {
  return typeof source === 'object' && source !== null && 'weights' in source;
}

const userFiles = () => lazy(() => import('./user-files.js'));
