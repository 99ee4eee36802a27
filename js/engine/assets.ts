import type { Bytes } from '../shared/types.js';

/** Where the package's other files are: the engine's wasm and the worker's script. */
export interface Assets {
  /**
   * The address of the module that knows, if it is known; relative addresses start from here where there is
   * no page.
   */
  readonly scriptUrl: string | undefined;
  /** The engine's address, or its bytes. @throws EdgeBertError `unsupported` where neither is known. */
  engine(): URL | Promise<Bytes>;
  /** What to do when the engine cannot be loaded. */
  readonly engineAdvice: string;
  /** Starts a Web Worker that runs the worker's script. */
  webWorker(): Worker;
  /** The address of the worker's script, for Node's threads. */
  workerScript(): URL;
  /** The address of the script that a worker imports for the GPU; undefined where there is none. */
  gpuScript(): URL | undefined;
  /** The addresses of the script that calibrates originals, and of its wasm; undefined without them. */
  calibration(): { readonly script: URL; readonly wasm: URL } | undefined;
  /** What to do when that worker cannot be started. */
  readonly workerAdvice: string;
}

let linked: Assets | undefined;
let embedded: Assets | undefined;

/** Says that the files are beside the package's entries. Files embedded in a script take precedence. */
export function linkAssets(assets: Assets): void {
  linked = assets;
}

/** Says that the files are embedded in the script: see edgebert/inline. */
export function embedAssets(assets: Assets): void {
  embedded = assets;
}

/** The package's files, as the imported entry registered them. */
export function assets(): Assets {
  const found = embedded ?? linked;
  if (!found) throw new Error('Import edgebert by one of its entries: they say where its files are');
  return found;
}
