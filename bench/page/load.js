// Times one load, in a page of its own. Driven from bench/run.mjs through `window.load`.
import { memoryBytes } from './memory.js';
import { engines } from './engines.js';

/**
 * From nothing but the page to an engine that is ready, and on to its first vector.
 *
 * @param text one text with its word pieces
 * @returns milliseconds from the start to either, the memory that loading took, and whether the model
 * came from
 * edgebert's cache
 */
window.load = async (engine, text) => {
  let cached = false;
  const start = performance.now();
  // Only edgebert takes options.
  const loaded = await engines[engine]({
    cache: 'indexeddb',
    onProgress: ({ fromCache }) => (cached = fromCache),
  });
  const ready = performance.now() - start;
  const memory = memoryBytes();
  const vector = await loaded.prepare([text])();
  const first = performance.now() - start;
  if (vector.length !== 384 || !vector.every(Number.isFinite)) throw new Error(`${engine} gave no vector`);
  return { ready, first, memory, cached };
};
window.ready = true;
