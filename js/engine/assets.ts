import { isElsewhere, moduleWorker } from '../workers/module-worker.js';
import type { Bytes } from '../shared/types.js';

// Where the package's other files are: beside this one. The entry edgebert/inline has them in
// itself, and assets-inline.ts in place of this module.

/** The address of this script. Written out beside `new URL`, it makes bundlers look for a file. */
export const scriptUrl = import.meta.url;

/**
 * A file's address under Vite's dev server, which up to version 7 runs a copy of this script from
 * another folder and leaves the files beside it where they were; undefined elsewhere.
 */
function viteOriginal(name: string): URL | undefined {
  const [modules, copy] = scriptUrl.split('/.vite/deps/');
  return copy === undefined ? undefined : new URL(`${modules}/edgebert/dist/${name}`);
}

/** The engine's bytes, or their address; Next.js makes it one without a host. */
export function engineAsset(): URL | Bytes {
  return viteOriginal('edgebert_bg.wasm') ?? new URL('./edgebert_bg.wasm', import.meta.url);
}

/** What helps where the engine can't be had. */
export const ENGINE_ADVICE =
  "Serve edgebert_bg.wasm beside the package's script, or give its address as `wasmUrl`.";

/** A Web Worker that runs worker.js. */
export function webWorker(): Worker {
  const original = viteOriginal('worker.js');
  if (original) return moduleWorker(original);
  if (isElsewhere(scriptUrl)) return moduleWorker(workerScript());
  // Bundlers look for exactly this expression.
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
}

/** What helps where that worker is refused. */
export const WORKER_ADVICE =
  '`workerUrl` says where its script is. A Content-Security-Policy must allow that as worker-src, or blob: for a ' +
  'script of another origin, whose server must allow the page to read it (Access-Control-Allow-Origin).';

/** The address of worker.js, for Node's threads. */
export function workerScript(): URL {
  return new URL('worker.js', scriptUrl);
}
