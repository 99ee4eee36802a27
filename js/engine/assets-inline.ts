import engine from 'engine-bytes';
import worker from 'worker-script';
import type { Bytes } from '../shared/types.js';

// The package's other files, inside this one; the counterpart of assets.ts. There must be no
// `new URL(…, import.meta.url)` here: bundlers would look for files beside this one.

/** The address of this script. */
export const scriptUrl = import.meta.url;

/** The engine's bytes. */
export function engineAsset(): URL | Bytes {
  return engine;
}

/** What helps where the engine can't be had. */
export const ENGINE_ADVICE = 'Without `wasmUrl`, the engine inside edgebert/inline is used.';

let workerUrl: string | undefined;

/** A Web Worker that runs the script of worker.js. */
export function webWorker(): Worker {
  // Kept for the workers to come: they start when there is work.
  workerUrl ??= URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
  return new Worker(workerUrl, { type: 'module' });
}

/** What helps where that worker is refused. */
export const WORKER_ADVICE =
  "The worker inside edgebert/inline needs blob: in the Content-Security-Policy's worker-src; where that can't " +
  'be, serve edgebert/worker.js and give its address as `workerUrl`, or take WasmModel.';

/** The script for Node's threads, which know no blob: addresses. */
export function workerScript(): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(worker)}`);
}
