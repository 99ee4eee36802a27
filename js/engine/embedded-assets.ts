import compressed from 'engine-bytes';
import worker from 'worker-script';
import type { Bytes } from '../shared/types.js';
import { embedAssets } from './assets.js';
import { textWorker } from './module-worker.js';

// There must be no `new URL(…, import.meta.url)` here: bundlers would look for files beside this one.

async function engine(): Promise<Bytes> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

embedAssets({
  scriptUrl: import.meta.url,
  engine,
  engineAdvice: 'Without `wasmUrl`, the engine inside edgebert/inline is used.',
  webWorker: () => textWorker(worker),
  // Node's threads do not run blob: addresses.
  workerScript: () => new URL(`data:text/javascript,${encodeURIComponent(worker)}`),
  gpuScript: () => undefined,
  calibration: () => undefined,
  workerAdvice:
    "The worker inside edgebert/inline needs blob: in the Content-Security-Policy's worker-src; where that is not " +
    'possible, serve edgebert/worker.js and give its address as `workerUrl`, or use WasmModel.',
});
