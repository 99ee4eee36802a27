// Times one engine on WebGPU. Driven from bench/lib/gpu.mjs through `window.gpu`.
import { gpuEngines, loadEdgebert } from './engines.js';
import { textOf } from './texts.js';

const MOST_SAMPLES = 50;
const COMPARED = { texts: 8, tokens: 12 };

let engine;
let model;
let start = 0;
/** Milliseconds that a token took in the case before. */
let tokenMs = 0;

/** Texts of so many word pieces, of which no two begin alike. */
function textsOf({ texts, tokens }) {
  return Array.from({ length: texts }, () => {
    const text = textOf((text) => model.countTokens(text), tokens, (start += 7));
    return { text, ids: model.tokenize(text) };
  });
}

window.gpu = {
  /** Undefined where there is none. */
  async adapter() {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return undefined;
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    const name = [vendor, architecture, device, description].filter(Boolean).join(' ') || 'unnamed';
    return { name, isFallback: isFallbackAdapter };
  },

  async load(name) {
    ({ model } = await loadEdgebert());
    engine = await gpuEngines[name]();
  },

  /** Vectors of the same texts from every engine. */
  async vectors() {
    start = 0;
    const texts = textsOf(COMPARED);
    const flat = await engine.prepare(texts)();
    const width = flat.length / texts.length;
    return texts.map((_, i) => [...flat.slice(i * width, (i + 1) * width)]);
  },

  /** The median milliseconds of a case; undefined where it takes too long, by the case before. */
  async time(which, { budgetMs, least, longestMs = Infinity }) {
    const tokens = which.texts * which.tokens;
    if (tokens * tokenMs > longestMs) return undefined;
    const call = engine.prepare(textsOf(which));
    // The first run compiles and makes room.
    await call();
    const times = [];
    const began = performance.now();
    while (times.length < least || (times.length < MOST_SAMPLES && performance.now() - began < budgetMs)) {
      const from = performance.now();
      await call();
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    const ms = times[times.length >> 1];
    tokenMs = ms / tokens;
    return ms;
  },
};
window.ready = true;
