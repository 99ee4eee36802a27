import { linkAssets } from './engine/assets.js';
import { isElsewhere, moduleWorker } from './engine/module-worker.js';
import { withTrustedAddresses } from './engine/trusted-types.js';
import { viteOriginal } from './engine/vite-original.js';
import { EdgeBertError } from './shared/errors.js';

// Registers the wasm and the scripts of workers, which are published beside this module. It is in the root
// because bundlers that leave addresses alone (esbuild, Rollup) then look for the files beside their output.

/** Undefined in a bundle in a format of before modules, of bundlers that put nothing in its place. */
const moduleUrl = import.meta.url as string | undefined;
/** There, the script that is running now is the bundle, or in a worker what has loaded it. */
const scriptUrl = moduleUrl ?? classicScript();

function classicScript(): string | undefined {
  const { document, location } = globalThis;
  return document ? (document.currentScript as HTMLScriptElement | null)?.src || undefined : location?.href;
}

/** The address of a file beside this script. */
function beside(name: string, option?: string): URL {
  if (scriptUrl !== undefined) return new URL(name, scriptUrl);
  throw new EdgeBertError(
    'unsupported',
    `Nothing says where ${name} is: bundle edgebert as an ES module` +
      (option === undefined ? '' : `, or give the address as \`${option}\``),
  );
}

function workerScript(): URL {
  return beside('worker.js', 'workerUrl');
}

linkAssets({
  scriptUrl,
  engine() {
    if (moduleUrl === undefined) return beside('edgebert_bg.wasm', 'wasmUrl');
    // Next.js turns the second into an address without a host.
    return viteOriginal(moduleUrl, 'edgebert_bg.wasm') ?? new URL('./edgebert_bg.wasm', import.meta.url);
  },
  engineAdvice: "Serve edgebert_bg.wasm beside the package's script, or give its address as `wasmUrl`.",
  webWorker() {
    const original = moduleUrl && viteOriginal(moduleUrl, 'worker.js');
    if (original) return moduleWorker(original);
    if (moduleUrl === undefined || isElsewhere(moduleUrl)) return moduleWorker(workerScript());
    // Bundlers look for exactly this expression.
    return withTrustedAddresses(
      () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
    );
  },
  workerScript,
  gpuScript() {
    if (moduleUrl === undefined) return beside('webgpu.js');
    return viteOriginal(moduleUrl, 'webgpu.js') ?? new URL('./webgpu.js', import.meta.url);
  },
  calibration() {
    if (moduleUrl === undefined) {
      return { script: beside('calibrate.js'), wasm: beside('pack/packer_bg.wasm') };
    }
    return {
      script: viteOriginal(moduleUrl, 'calibrate.js') ?? new URL('./calibrate.js', import.meta.url),
      wasm:
        viteOriginal(moduleUrl, 'pack/packer_bg.wasm') ?? new URL('./pack/packer_bg.wasm', import.meta.url),
    };
  },
  workerAdvice:
    'Check that worker.js is served as JavaScript at that address, or give another one as `workerUrl`. A ' +
    "Content-Security-Policy must allow it as worker-src, or blob: for another origin's script, whose server must send " +
    'Access-Control-Allow-Origin. On a page with Cross-Origin-Embedder-Policy, worker.js needs that header too.',
});
