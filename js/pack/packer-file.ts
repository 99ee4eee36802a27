import { viteOriginal } from '../engine/vite-original.js';

/**
 * The packer's wasm, beside this module. calibrate.js does without this: it is in another folder, is told the
 * address, and bundlers follow each that is written like this one.
 */
export function packerFile(): URL {
  return viteOriginal(import.meta.url, 'pack/packer_bg.wasm') ?? new URL('./packer_bg.wasm', import.meta.url);
}
