import instantiate from '../../pkg-packer/packer.js';
import { compileWasm } from '../engine/start.js';
import { viteOriginal } from '../engine/vite-original.js';

const ADVICE = "Serve packer_bg.wasm beside the package's script.";

let starting: Promise<unknown> | undefined;

/**
 * Loads what computes compact files, once. After a failure the next call tries again.
 *
 * @throws EdgeBertError `network` if packer_bg.wasm could not be loaded
 */
export async function startPacker(): Promise<void> {
  const url =
    viteOriginal(import.meta.url, 'pack/packer_bg.wasm') ?? new URL('./packer_bg.wasm', import.meta.url);
  starting ??= compileWasm(url, 'packer', ADVICE).then((module) => instantiate({ module_or_path: module }));
  try {
    await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
}
