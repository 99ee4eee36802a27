// edgebert for workerd (Cloudflare Workers), which compiles WebAssembly when a program is deployed
// and never while it runs: the engine is ready before anything else happens.
import engine from './edgebert_bg.wasm';
import init from './index.js';
import searchKernels from './search_bg.wasm';

await init({ module: engine, searchKernels });

export { default } from './index.js';
export * from './index.js';
