import instantiate, { __wbg_reset_state as instantiateAgain } from '../../pkg-packer/packer.js';
import { compileWasm } from '../engine/start.js';
import { viteOriginal } from '../engine/vite-original.js';

const ADVICE = "Serve packer_bg.wasm beside the package's script.";

let starting: Promise<unknown> | undefined;

/**
 * Loads what calibrates and computes compact files, once, from `address` if it is given. After a failure
 * the next call tries again.
 *
 * @throws EdgeBertError `network` if packer_bg.wasm could not be loaded
 */
export async function startPacker(address?: string): Promise<void> {
  const url = address === undefined ? ownAddress() : new URL(address);
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

function ownAddress(): URL {
  return viteOriginal(import.meta.url, 'pack/packer_bg.wasm') ?? new URL('./packer_bg.wasm', import.meta.url);
}
