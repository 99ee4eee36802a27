import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { describe } from '../shared/describe.js';
import { folderUrl } from '../shared/urls.js';
import { loadModel } from '../loading/load-model.js';
import { hub, hubFolder, type Location } from '../loading/locate.js';
import { readName } from '../loading/names.js';
import { modelOfId } from '../loading/registry.js';
import type { PretrainedOptions } from '../loading/types.js';
import { checkPackOptions } from './options.js';
import { packedFile } from './packed-file.js';

/** Options of `pack`. */
export interface PackOptions extends Omit<
  PretrainedOptions,
  'cache' | 'cacheKey' | 'maxLength' | 'precision' | 'prompts'
> {
  /**
   * Texts that the model is to be used for. The file then has no more of the vocabulary than they need, all
   * single characters and special tokens included: a fifth of a multilingual model for a site in five
   * languages. A text whose tokens are all kept has the same vector as before; others are cut into smaller
   * pieces. Default: the whole vocabulary.
   */
  vocabularyFor?: Iterable<string> | undefined;
}

/**
 * Makes a packed int8 file from a model's original weights, to serve or to store: a safetensors file
 * with everything that the model needs, a quarter of the size, which is also what `from_pretrained` makes of
 * them. The cache is neither read nor written.
 *
 * @param source the id of a model on the Hugging Face hub, or the address of a model's folder
 * @throws EdgeBertError `network` if a file can't be fetched, `format` or `unsupported` for a model
 * that can't be read; the reason of `options.signal` if it aborts.
 */
export async function pack(source: string | URL, options: PackOptions = {}): Promise<Blob> {
  checkPackOptions(options);
  const location = originalToPack(source, options);
  const loader = new EngineLoader('int8', startEngine(options));
  try {
    const { vocabularyFor, ...loadOptions } = options;
    await loadModel(location, { ...loadOptions, cache: 'none' }, loader, options.signal);
    return await packedFile(loader, vocabularyFor, options.signal);
  } finally {
    loader.dispose();
  }
}

/** Where the original of `source` is. */
export function originalToPack(source: unknown, { baseUrl, revision }: PackOptions): Location {
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new TypeError(`pack takes a model id or an address (received ${describe(source)})`);
  }
  const name = readName(source);
  const known = name.kind === 'known' ? name.model : name.kind === 'hub' ? modelOfId(name.id) : undefined;
  const id = name.kind === 'hub' ? name.id : known?.id;
  const commit = revision ?? (name.kind === 'hub' ? name.revision : undefined) ?? known?.revision ?? 'main';
  const folder =
    name.kind === 'url' ? name.url : hubFolder(folderUrl(baseUrl, 'baseUrl', hub()), id!, commit);
  return {
    name: known?.name ?? id ?? folder,
    precision: 'int8',
    version: undefined,
    slot: folder,
    address: folder,
    packed: undefined,
    original: { folder, prompts: known?.prompts ?? {} },
    described: known !== undefined,
  };
}
