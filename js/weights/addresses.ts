import type { LoadOptions } from '../types.js';
import type { KnownModel } from './registry.js';

/** The folder under which the packed models are published. */
export const DEFAULT_BASE_URL = 'https://huggingface.co/edgebert/models/resolve/main';
/** The host that has the originals, at `<id>/resolve/<revision>/<file>`. */
const HUB = 'https://huggingface.co';

/** Where the packed file is. */
export function packedUrl(model: KnownModel, options: LoadOptions): string {
  if (options.url !== undefined) return absolute(options.url, 'url');
  const base = baseOf(options, DEFAULT_BASE_URL);
  return `${base}/${model.name}/model-int8.safetensors`;
}

/** Where a file of the original is. */
export function originalUrl(model: KnownModel, file: string, options: LoadOptions): string {
  return `${baseOf(options, HUB)}/${model.id}/resolve/${model.revision}/${file}`;
}

function baseOf(options: LoadOptions, otherwise: string): string {
  const base = options.baseUrl === undefined ? otherwise : absolute(options.baseUrl, 'baseUrl');
  return base.replace(/\/+$/, '');
}

/** Relative addresses are relative to the page, as everywhere on it. */
function absolute(address: string | URL, option: string): string {
  const page = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(address, page).href;
  } catch {
    throw new TypeError(`\`${option}\` is not an address: ${JSON.stringify(String(address))}`);
  }
}
