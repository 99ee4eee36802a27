import { linkAssets } from './engine/assets.js';
import { isElsewhere, moduleWorker } from './engine/module-worker.js';
import { viteOriginal } from './engine/vite-original.js';

// Registers the wasm and the scripts of workers, which are published beside this module. It is in the root
// because bundlers that leave addresses alone (esbuild, Rollup) then look for the files beside their output.

const scriptUrl = import.meta.url;

function workerScript(): URL {
  return new URL('worker.js', scriptUrl);
}

linkAssets({
  scriptUrl,
  // Next.js turns the second into an address without a host.
  engine: () => viteOriginal(scriptUrl, 'edgebert_bg.wasm') ?? new URL('./edgebert_bg.wasm', import.meta.url),
  engineAdvice: "Serve edgebert_bg.wasm beside the package's script, or give its address as `wasmUrl`.",
  webWorker() {
    const original = viteOriginal(scriptUrl, 'worker.js');
    if (original) return moduleWorker(original);
    if (isElsewhere(scriptUrl)) return moduleWorker(workerScript());
    // Bundlers look for exactly this expression.
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  },
  workerScript,
  gpuScript: () => viteOriginal(scriptUrl, 'webgpu.js') ?? new URL('./webgpu.js', import.meta.url),
  workerAdvice:
    'Check that worker.js is served as JavaScript at that address, or give another one as `workerUrl`. A ' +
    "Content-Security-Policy must allow it as worker-src, or blob: for another origin's script, whose server must send " +
    'Access-Control-Allow-Origin. On a page with Cross-Origin-Embedder-Policy, worker.js needs that header too.',
});
