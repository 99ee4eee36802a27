// transformers.js in a worker of its own, as its users call it: the int8 model of the same name, one thread.
import { measure } from '../code/speed';
import type { Course, Lap } from './protocol';

interface Transformers {
  readonly env: {
    backends: { onnx: { wasm?: { numThreads?: number } } };
    useBrowserCache: boolean;
    useWasmCache: boolean;
  };
  pipeline(task: string, model: string, options: object): Promise<Extract>;
}

type Extract = (texts: string[], options: object) => Promise<{ data: Float32Array }>;

const MODEL = 'Xenova/all-MiniLM-L6-v2';

self.addEventListener('message', ({ data }: MessageEvent<Course>) => {
  run(data).then(
    (lap) => self.postMessage({ lap }),
    (error: unknown) => self.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
});

async function run({ texts, script }: Course): Promise<Lap> {
  const start = performance.now();
  const count = countBytes();
  const { env, pipeline } = (await import(/* @vite-ignore */ script)) as Transformers;
  // A second race is like the first, and nothing of it stays in the browser.
  env.useBrowserCache = env.useWasmCache = false;
  const { wasm } = env.backends.onnx;
  if (wasm) wasm.numThreads = 1;
  const extract = await pipeline('feature-extraction', MODEL, { device: 'wasm', dtype: 'q8' });
  const readyMs = performance.now() - start;
  const measured = await measure(
    texts,
    async (texts) => (await extract(texts, { pooling: 'mean', normalize: true })).data,
  );
  return { ...measured, readyMs, bytes: count() };
}

/**
 * Counts what `fetch` reads from now on, past the browser's own cache. The script itself, half a
 * megabyte, comes another way.
 */
function countBytes(): () => number {
  const original = self.fetch;
  let bytes = 0;
  self.fetch = async (input, init) => {
    const response = await original(input, { ...init, cache: 'no-store' });
    if (!response.body) return response;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.length;
          controller.enqueue(chunk);
        },
      }),
    );
    const copy = new Response(counted, response);
    // What was asked for is part of an answer; a Response that is made by hand has none.
    Object.defineProperty(copy, 'url', { value: response.url });
    return copy;
  };
  return () => bytes;
}
