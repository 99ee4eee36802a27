// edgebert for workerd (Cloudflare Workers), which compiles WebAssembly when a program is deployed
// and never while it runs: the engine is ready before anything else happens.
import engine from './edgebert_bg.wasm';
import init from './index.js';
import { useThisThread } from './models/this-thread.js';
import { usePrecompiled } from './search/index/kernels.js';
import searchKernels from './search_bg.wasm';

usePrecompiled(searchKernels);
useThisThread();
await init({ module: engine });

export { default } from './index.js';
export * from './index.js';
