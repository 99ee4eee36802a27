import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readName, type ModelName } from '../loading/names.js';
import { MiniLML6V2, WasmModelType, type KnownModel } from '../loading/registry.js';
import type { LoadOptions } from '../loading/types.js';
import { UsageError } from './errors.js';
import { choice, count } from './options.js';
import { duration, number, type Progress } from './progress.js';

/** The options of a command that loads a model, as they were typed. */
export interface ModelValues {
  readonly model?: string | undefined;
  readonly 'base-url'?: string | undefined;
  readonly precision?: string | undefined;
  readonly 'max-length'?: string | undefined;
  readonly prompt?: string | undefined;
  readonly dimension?: string | undefined;
}

/** The two loaders that `WasmModel` and `WorkerModel` share. */
interface Loaders<Model, Options extends LoadOptions> {
  from_type(type: KnownModel, options: Options): Promise<Model>;
  from_pretrained(source: string | URL, options: Omit<Options, 'url'>): Promise<Model>;
}

/** Loads the model that `--model` names, with a bar for what takes time. */
export async function loadModel<Model, Options extends LoadOptions>(
  kind: Loaders<Model, Options>,
  values: ModelValues,
  more: Omit<Options, keyof LoadOptions>,
  progress: Progress,
): Promise<Model> {
  const found = findModel(values.model);
  const baseUrl = values['base-url'];
  const maxLength = count('max-length', values['max-length']);
  const precision = choice('precision', values.precision, ['int8', 'compact', 'f32']);
  const began = performance.now();
  let downloaded = false;
  const options = {
    ...more,
    ...(baseUrl !== undefined && { baseUrl: onDisk(baseUrl)?.url ?? baseUrl }),
    ...(maxLength !== undefined && { maxLength }),
    ...(precision && { precision }),
    onProgress: ({ loaded, total, fromCache }) => {
      downloaded ||= !fromCache;
      progress.show('model', loaded / total, () => `${number(loaded / 1e6)} of ${number(total / 1e6)} MB`);
    },
    onWarning: ({ message }) => progress.warn(message),
  } as Options;
  const model =
    'type' in found
      ? await kind.from_type(found.type, options)
      : await kind.from_pretrained(found.source, options);
  progress.clear();
  if (downloaded && !('source' in found && found.local)) {
    progress.say(
      `${'type' in found ? found.type.name : String(found.source)} loaded in ${duration(performance.now() - began)}`,
    );
  }
  return model;
}

/** How texts are to be encoded: `--prompt` and `--dimension`. */
export function encodeValues({ prompt, dimension }: ModelValues): { prompt?: string; dimension?: number } {
  const numbers = count('dimension', dimension);
  return { ...(prompt !== undefined && { prompt }), ...(numbers !== undefined && { dimension: numbers }) };
}

type Found =
  | { readonly type: KnownModel }
  | { readonly source: string | URL; /** Whether it is on this disk. */ readonly local: boolean };

/** Names of the registry come first, then files on this disk, then addresses and the hub. */
export function findModel(name: string | undefined): Found {
  if (name === undefined) return { type: MiniLML6V2 };
  const type = registryModel(name);
  if (type) return { type };
  const found = onDisk(name);
  if (found && !found.folder && !name.endsWith('.safetensors')) {
    throw new UsageError(`${name} is neither a model's folder nor a .safetensors file`);
  }
  if (found) return { source: found.url, local: true };
  if (/^(https?|file):/.test(name)) return { source: new URL(name), local: name.startsWith('file:') };
  const named = nameOf(name);
  if (named?.kind === 'known') return { type: named.model };
  if (named?.kind === 'hub') return { source: name, local: false };
  const names = Object.values<KnownModel>(WasmModelType).map((model) => model.name);
  throw new UsageError(
    `there is no model '${name}': it is not a file or folder, not a hub id, and by name there are ${names.join(', ')}`,
  );
}

function nameOf(name: string): ModelName | undefined {
  try {
    return readName(name);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The model of the registry that goes by this name, its key there or its id on the hub. */
export function registryModel(name: string | undefined): KnownModel | undefined {
  const known = Object.entries<KnownModel>(WasmModelType);
  return known.find(([key, model]) => [key, model.name, model.id].includes(name ?? ''))?.[1];
}

/** What a model without a name of its own is called: its file's or folder's name. */
export function modelName(name: string | undefined): string {
  return name === undefined ? MiniLML6V2.name : basename(name, '.safetensors');
}

/** The file or folder of that path, if there is one. */
export function onDisk(path: string): { url: URL; folder: boolean } | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && { url: pathToFileURL(resolve(path)), folder: stats.isDirectory() };
}
