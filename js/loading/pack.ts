import { EngineSink } from '../engine/engine-loader.js';
import { init } from '../engine/start.js';
import { describe } from '../shared/describe.js';

import { absoluteUrl, folderUrl } from '../shared/urls.js';
import { loadModel } from './load-model.js';
import { ABOUT, objectOf } from './side-files.js';
import { isHubId, originalIn } from './hub-source.js';
import { modelOfId } from './registry.js';
import { sha256 } from '../shared/sha256.js';
import { HUB, type Original } from './source.js';
import type { Bytes } from '../shared/types.js';
import type { PretrainedOptions } from './types.js';

/** What `pack` takes besides the model. */
export type PackOptions = Omit<PretrainedOptions, 'cache' | 'maxLength' | 'precision' | 'prompts'>;

/**
 * Makes a packed int8 file of a model's original weights, to serve it or to keep it: a safetensors
 * file with all that the model needs, a quarter as long. The cache is left alone.
 *
 * @param source the id of a model on the Hugging Face hub, or the address of a model's folder
 * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
 */
export async function pack(source: string | URL, options: PackOptions = {}): Promise<Blob> {
  const folder = folderOf(source, options);
  const original = withPrompts(originalIn(folder), modelOfId(String(source))?.prompts ?? {});
  const model = { name: folder, version: '', precision: 'int8', packed: undefined, original } as const;
  const sink = new EngineSink('int8', init(options));
  try {
    await loadModel(model, { ...options, cache: 'none' }, sink, options.signal);
    const pieces: Bytes[] = [];
    const hashes: string[] = [];
    for (let piece = sink.exportPiece(); piece; piece = sink.exportPiece()) {
      pieces.push(piece);
      hashes.push(await sha256(piece));
    }
    return new Blob([sink.exportHeader(hashes), ...pieces], { type: 'application/octet-stream' });
  } finally {
    sink.dispose();
  }
}

/** The same model with these prompts, where its files have none. */
function withPrompts(original: Original, prompts: Readonly<Record<string, string>>): Original {
  const readFiles: Original['readFiles'] = async (http) => {
    const files = await original.readFiles(http);
    const about = objectOf(files, ABOUT);
    const lacks = about && Object.keys(about.prompts ?? {}).length === 0 && Object.keys(prompts).length > 0;
    return lacks ? [...files, [ABOUT, JSON.stringify({ ...about, prompts })]] : files;
  };
  return { ...original, readFiles };
}

function folderOf(source: unknown, { baseUrl, revision }: PackOptions): string {
  if (isHubId(source)) {
    const commit = revision ?? modelOfId(source)?.revision ?? 'main';
    return `${folderUrl(baseUrl, 'baseUrl', HUB)}/${source}/resolve/${commit}`;
  }
  if (typeof source === 'string' || source instanceof URL)
    return absoluteUrl(source, 'source').replace(/\/+$/, '');
  throw new TypeError(`pack takes an id or an address, not ${describe(source)}`);
}
