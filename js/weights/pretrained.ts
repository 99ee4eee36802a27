import { EdgeBertError } from '../errors.js';
import { describe } from '../texts.js';
import type { ModelFiles, PretrainedOptions } from '../types.js';
import { absoluteUrl, folderUrl } from './addresses.js';
import { isModelFiles, loadGiven } from './given.js';
import { requestText, TransientError, type HttpOptions } from './http.js';
import { loadModel, type ModelLoader } from './load.js';
import type { NamedText } from './sink.js';
import { HUB, PACKED_FILE, type ModelSource, type Original } from './source.js';

const WEIGHTS = 'model.safetensors';
/** The files that say what a model is, where it has them; the engine says which it misses. */
const FILES = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'modules.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
];
/** Read where there is no tokenizer.json. */
const VOCABULARY = 'vocab.txt';

/** What brings the model that a user has named, or has the files of, into a sink. */
export function pretrainedLoader(
  source: string | URL | ModelFiles,
  options: PretrainedOptions,
): ModelLoader {
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

/**
 * Where a model is that the registry doesn't know: `source` is the id of a model on the hub, or
 * the address of a packed file or of a model's folder. An address without a host begins with a
 * slash or a dot, which tells it from an id.
 */
function pretrainedSource(source: string | URL, options: PretrainedOptions): ModelSource {
  const precision = options.precision ?? 'int8';
  const text = String(source);
  if (typeof source === 'string' && /^[\w-][\w.-]*\/[\w.-]+$/.test(text)) {
    const revision = options.revision ?? 'main';
    const folder = `${folderUrl(options.baseUrl, 'baseUrl', HUB)}/${text}/resolve/${revision}`;
    const version = `${precision}-${revision}`;
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

function originalIn(folder: string): Original {
  return {
    weights: { url: `${folder}/${WEIGHTS}` },
    readFiles: (http) => readFiles(folder, http),
  };
}

async function readFiles(folder: string, http: HttpOptions): Promise<NamedText[]> {
  const files = await readPresent(folder, FILES, http);
  const text = (name: string) => files.find((file) => file[0] === name)?.[1];
  if (text('config.json') === undefined) {
    // Asked for once more, for the error that says why it can't be had.
    await requestText(`${folder}/config.json`, http);
  }
  const more = modulesIn(text('modules.json')).map((path) => `${path}/config.json`);
  if (text('tokenizer.json') === undefined) more.push(VOCABULARY);
  return [...files, ...(await readPresent(folder, more, http))];
}

/** The folders of a sentence-transformers model's modules, other than its own. */
function modulesIn(json: string | undefined): string[] {
  let modules: unknown;
  try {
    modules = JSON.parse(json ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(modules)) return [];
  const paths = modules.map((module: { path?: unknown } | null) => module?.path);
  return paths.filter((path) => typeof path === 'string').filter((path) => /^\w+$/.test(path));
}

/** Those of the files that are there. */
async function readPresent(
  folder: string,
  names: readonly string[],
  http: HttpOptions,
): Promise<NamedText[]> {
  const found = await Promise.all(
    names.map(async (name): Promise<NamedText | undefined> => {
      try {
        return [name, await requestText(`${folder}/${name}`, http)];
      } catch (error) {
        const absent = error instanceof EdgeBertError && error.code === 'network';
        if (absent && !(error instanceof TransientError)) return undefined;
        throw error;
      }
    }),
  );
  return found.filter((file) => file !== undefined);
}
