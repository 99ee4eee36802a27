// Modules that scripts/lib/bundle.mjs generates.

/** The engine's file, compressed by gzip, in a module. */
declare module 'engine-bytes' {
  const engine: Uint8Array<ArrayBuffer>;
  export default engine;
}

/** The kernels of SearchIndex, in a module. */
declare module 'search-kernels' {
  const kernels: Uint8Array<ArrayBuffer>;
  export default kernels;
}

/** The text of worker.js, in a module. */
declare module 'worker-script' {
  const script: string;
  export default script;
}

/** The file beside the script, which the runtime compiles before it starts. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** The same, as edge runtimes want it to be asked for. */
declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}
