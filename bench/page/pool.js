// One bulk job, done by workers or by threads. Driven from bench/pool.mjs.
import { loadTransformers } from './engines.js';
import { textOf } from './texts.js';

const BASE = { baseUrl: '/models', cache: 'none' };
/**
 * As its users do it: transformers.js pads a call's texts to the longest, so that they give it a few at
 * a time.
 */
const CALL = 32;
const jobs = new Map();

/** Texts of 6 to 40 word pieces, mostly short, in no order. */
async function textsOf(count) {
  const { WasmModel, MiniLML6V2 } = await import('/dist/index.js');
  const model = await WasmModel.from_type(MiniLML6V2, BASE);
  const texts = Array.from({ length: count }, (_, i) => {
    const tokens = 6 + Math.round(34 * (((37 * i) % 64) / 63) ** 2.2);
    return textOf((text) => model.countTokens(text), tokens, 7 * i);
  });
  model.free();
  return texts;
}

const starts = {
  async edgebert(workers, texts) {
    const { WorkerModel, MiniLML6V2 } = await import('/dist/index.js');
    if (globalThis.crossOriginIsolated)
      throw new Error('this page has headers that edgebert is to do without');
    const model = await WorkerModel.from_type(MiniLML6V2, { ...BASE, workers });
    return () => model.encode(texts);
  },
  async transformers(threads, texts) {
    if (!globalThis.crossOriginIsolated) throw new Error('this page has no threads');
    const extract = await loadTransformers(threads);
    return async () => {
      const vectors = [];
      for (let start = 0; start < texts.length; start += CALL) {
        vectors.push(
          ...(await extract(texts.slice(start, start + CALL), { pooling: 'mean', normalize: true })).data,
        );
      }
      return vectors;
    };
  },
};

/** Loads, and does the job until all workers have taken part and what is hot has been compiled well. */
window.prepare = async (kind, count, texts) => {
  const work = await starts[kind](count, await textsOf(texts));
  for (let i = 0; i < 3; i++) await work();
  jobs.set(`${kind} ${count}`, work);
};

/** Milliseconds of the job. */
window.job = async (kind, count) => {
  const start = performance.now();
  const vectors = await jobs.get(`${kind} ${count}`)();
  const elapsed = performance.now() - start;
  if (vectors.length % 384 !== 0 || !Number.isFinite(vectors.at(-1)))
    throw new Error(`${kind} gave no vectors`);
  return elapsed;
};
window.ready = true;
