import instantiate, { __wbg_reset_state as instantiateAgain } from '../../pkg-packer/packer.js';
import { compileWasm } from '../engine/start.js';

const ADVICE = "Serve packer_bg.wasm beside the package's script.";

let starting: Promise<unknown> | undefined;

/**
 * Loads what calibrates and computes compact files, once, from packer_bg.wasm at `url`. After a failure the
 * next call tries again.
 *
 * @throws EdgeBertError `network` if packer_bg.wasm could not be loaded
 */
export async function startPacker(url: URL): Promise<void> {
  starting ??= compileWasm(url, 'packer', ADVICE).then((module) => instantiate({ module_or_path: module }));
  try {
    await starting;
  } catch (error) {
    starting = undefined;
    throw error;
  }
}

/** Gives back what the packer's memory has grown to, when nothing in it is needed: it never shrinks. */
export function releaseMemory(): void {
  instantiateAgain();
}
