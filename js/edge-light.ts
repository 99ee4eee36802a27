// edgebert for the edge runtimes of Vercel and Next.js, which compile WebAssembly when a program is built
// and never while it runs.
import engine from './edgebert_bg.wasm?module';
import init from './index.js';
import { useThisThread } from './models/this-thread.js';
import { usePrecompiled } from './search/index/kernels.js';
import searchKernels from './search_bg.wasm?module';

usePrecompiled(searchKernels);
useThisThread();
await init({ module: engine });

export { default } from './index.js';
export * from './index.js';
