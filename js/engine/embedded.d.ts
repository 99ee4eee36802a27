// Imports that scripts/lib/bundle.mjs answers.

/** The engine's file, into the script. */
declare module 'engine-bytes' {
  const engine: Uint8Array<ArrayBuffer>;
  export default engine;
}

/** The kernels of SearchIndex, into the script. */
declare module 'search-kernels' {
  const kernels: Uint8Array<ArrayBuffer>;
  export default kernels;
}

/** worker.js as a text, into the script. */
declare module 'worker-script' {
  const script: string;
  export default script;
}

/** The file beside the script, compiled by the runtime before it starts. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
