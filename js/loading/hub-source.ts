import { EdgeBertError } from '../shared/errors.js';
import { describe } from '../shared/describe.js';

import { absoluteUrl, folderUrl } from '../shared/urls.js';
import { isModelFiles, loadGiven } from './user-files.js';
import { request, requestText, TransientError, type HttpOptions } from './http.js';
import { JoinedFile, type SequentialFile, type WeightsPart } from './joined-file.js';
import { loadModel, type ModelLoader } from './load-model.js';
import {
  denseFolders,
  encoderFolder,
  PYTORCH_WEIGHTS,
  pytorchError,
  readSideFiles,
  shardsIn,
  textOf,
  WEIGHTS,
  WEIGHTS_INDEX,
} from './side-files.js';
import type { RemoteFile } from './remote-file.js';

import { HUB, PACKED_FILE, type ResolvedSource, type Original } from './source.js';
import type { ModelFiles, PretrainedOptions } from './types.js';
import type { NamedText } from '../shared/types.js';

/** What brings the model that a user has named, or has the files of, into a sink. */
export function pretrainedLoader(source: string | URL | ModelFiles, options: PretrainedOptions): ModelLoader {
  if (isModelFiles(source)) {
    return (sink, signal) => loadGiven(source, options.onProgress, sink, signal);
  }
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new TypeError(
      `from_pretrained takes an id, an address or the model's files, not ${describe(source)}`,
    );
  }
  const found = pretrainedSource(source, options);
  return (sink, signal) => loadModel(found, options, sink, signal);
}

/** Whether `source` is a model's id on the hub rather than an address. */
export function isHubId(source: unknown): source is string {
  return typeof source === 'string' && /^[\w-][\w.-]*\/[\w.-]+$/.test(source);
}

/**
 * Where a model is that the registry doesn't know: `source` is the id of a model on the hub, or
 * the address of a packed file or of a model's folder. An address without a host begins with a
 * slash or a dot, which tells it from an id.
 */
function pretrainedSource(source: string | URL, options: PretrainedOptions): ResolvedSource {
  const precision = options.precision ?? 'int8';
  const text = String(source);
  if (isHubId(source)) {
    const revision = options.revision ?? 'main';
    const host = folderUrl(options.baseUrl, 'baseUrl', HUB);
    const folder = `${host}/${text}/resolve/${revision}`;
    // Another host may have another model under the id.
    const version = `${precision}-${revision}${host === HUB ? '' : `-${encodeURIComponent(host)}`}`;
    return { name: text, version, precision, packed: undefined, original: originalIn(folder) };
  }
  const url = absoluteUrl(source, 'source');
  if (/\.safetensors$/.test(new URL(url).pathname)) {
    if (precision === 'f32') {
      throw new TypeError('A packed file holds int8; with precision f32, give the address of the folder');
    }
    return { name: url, version: precision, precision, packed: { url }, original: undefined };
  }
  const folder = url.replace(/\/+$/, '');
  return {
    name: folder,
    version: precision,
    precision,
    packed: precision === 'f32' ? undefined : { url: `${folder}/${PACKED_FILE}` },
    original: originalIn(folder),
  };
}

/** A model's original, whose files are looked for in its folder. */
export function originalIn(folder: string): Original {
  return {
    weights: { url: `${folder}/${WEIGHTS}` },
    readFiles: (http) => readFiles(folder, http),
    findWeights: (files, http, open) => findWeights(folder, files, http, open),
  };
}

async function readFiles(folder: string, http: HttpOptions): Promise<NamedText[]> {
  const files = await readSideFiles((name) => ifPresent(requestText(`${folder}/${name}`, http)));
  // Asked for once more, for the error that says why it can't be had.
  if (textOf(files, 'config.json') === undefined) await requestText(`${folder}/config.json`, http);
  return files;
}

/** The weights: one file or the shards of an index, and those of the modules behind the encoder. */
async function findWeights(
  folder: string,
  files: readonly NamedText[],
  http: HttpOptions,
  open: (url: string, place: { offset: number }) => RemoteFile,
): Promise<SequentialFile> {
  const encoder = `${folder}/${encoderFolder(files)}`;
  const whole = open(encoder + WEIGHTS, { offset: 0 });
  let names = [WEIGHTS];
  try {
    await whole.open();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const index = await ifPresent(requestText(encoder + WEIGHTS_INDEX, http));
    if (index === undefined) throw await explained(error, encoder, http);
    names = shardsIn(index);
  }
  const dense = denseFolders(files);
  if (names.length === 1 && names[0] === WEIGHTS && dense.length === 0) return whole;
  whole.close();
  const part = (prefix: string, from: string, name: string): WeightsPart => {
    const place = { offset: 0 };
    return {
      prefix,
      file: open(from + name, place),
      place,
      explain: (error) => explained(error, from, http),
    };
  };
  return new JoinedFile([
    ...names.map((name) => part('', encoder, name)),
    ...dense.map((path) => part(`${path}/`, `${folder}/${path}/`, WEIGHTS)),
  ]);
}

/** The error for weights that are not in `folder`: it says so where they are there in PyTorch's own format. */
async function explained(error: unknown, folder: string, http: HttpOptions): Promise<unknown> {
  if (!isAbsent(error)) return error;
  const response = await ifPresent(request(folder + PYTORCH_WEIGHTS, http));
  await response?.body?.cancel().catch(() => {});
  return response ? pytorchError(folder + PYTORCH_WEIGHTS) : error;
}

/** Undefined where the server doesn't have the file. */
async function ifPresent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const refused = error instanceof EdgeBertError && error.code === 'network';
  return refused && !(error instanceof TransientError);
}
