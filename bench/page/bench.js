// Times whole encodes. Driven from bench/run.mjs through `window.bench`.
import initKernels, * as kernels from '/kernels/kernels.js';
import { engines, loadEdgebert } from './engines.js';
import { calibrate, sample } from './stopwatch.js';
import { textOf } from './texts.js';

/** Long enough for the browser to recompile what is hot with its better compiler. */
const WARM_UP_MS = 300;
/** Texts of one call where vectors are compared. */
const BATCH = 32;
const CEILING_WARM_UP_MS = 40;

const loaded = new Map();
const cases = new Map();
const timed = new Map();
const ceilings = new Map();

window.bench = {
  /** Makes the texts. A case is a list of calls, a call a list of texts' lengths in word pieces. */
  async makeTexts(list) {
    const { model } = await loadEdgebert();
    let start = 0;
    for (const { name, calls } of list) {
      const texts = (lengths) =>
        lengths.map((tokens) => {
          // Seven words further on each time: texts of one case never begin alike.
          const text = textOf((text) => model.countTokens(text), tokens, (start += 7));
          return { text, ids: model.tokenize(text) };
        });
      cases.set(name, calls.map(texts));
    }
    model.free();
  },

  /** The word pieces of a case's texts, call by call. */
  ids: (name) => cases.get(name).map((call) => call.map(({ ids }) => Array.from(ids))),

  /** The same as texts. */
  texts: (name) => cases.get(name).map((call) => call.map(({ text }) => text)),

  /** A case's first text, with its word pieces. */
  text: (name) => ({ text: cases.get(name)[0][0].text, ids: Array.from(cases.get(name)[0][0].ids) }),

  /** Loads an engine; gives the kernel that it works with, if it says so. */
  async load(engine) {
    loaded.set(engine, await engines[engine]());
    return loaded.get(engine).model?.info.kernel;
  },

  /** Vectors of any texts, one after the other. */
  async encode(engine, texts) {
    const { model, prepare } = loaded.get(engine);
    const tokenizer = model ?? (await loadEdgebert()).model;
    const all = [];
    for (let first = 0; first < texts.length; first += BATCH) {
      const batch = texts.slice(first, first + BATCH);
      all.push(...(await prepare(batch.map((text) => ({ text, ids: cut(tokenizer.tokenize(text)) })))()));
    }
    if (!model) tokenizer.free();
    return all;
  },

  /** Vectors of a case's texts, all in one array. */
  async vectors(engine, name) {
    const all = [];
    for (const call of cases.get(name)) all.push(...(await loaded.get(engine).prepare(call)()));
    return all;
  },

  /** Warms a case up and decides how often to repeat it; gives the milliseconds of one repetition. */
  async prepare(engine, name, sampleMs) {
    const calls = cases.get(name).map((call) => loaded.get(engine).prepare(call));
    const run = async (times) => {
      for (let i = 0; i < times; i++) for (const call of calls) await call();
    };
    const { each, times } = await calibrate(run, WARM_UP_MS, sampleMs);
    timed.set(`${engine} ${name}`, { run, times });
    return each;
  },

  /** Milliseconds of one repetition of a case: all its calls. */
  sample(engine, name) {
    const { run, times } = timed.get(`${engine} ${name}`);
    return sample(run, times);
  },

  /**
   * Sets the loops up that show what the machine can do at most; gives their multiply-accumulates per run.
   */
  async prepareCeilings(sampleMs) {
    await initKernels();
    const [int16, f32] = [kernels.int16Ceiling(), kernels.f32Ceiling()];
    const relaxed = await relaxedCeiling();
    const loops = {
      int16: { run: (times) => int16.run(times), macs: kernels.int16CeilingMacs() },
      f32: { run: (times) => f32.run(times), macs: kernels.f32CeilingMacs() },
      ...(relaxed && { relaxed }),
    };
    for (const [name, { run }] of Object.entries(loops)) {
      const { times } = await calibrate(run, CEILING_WARM_UP_MS, sampleMs);
      ceilings.set(name, { run, times });
    }
    return Object.fromEntries(Object.entries(loops).map(([name, { macs }]) => [name, macs]));
  },

  /** Milliseconds of one run of a ceiling's loop. */
  ceiling(name) {
    const { run, times } = ceilings.get(name);
    return sample(run, times);
  },
};

/** bench/relaxed-ceiling.wat; undefined where there is no relaxed SIMD. */
async function relaxedCeiling() {
  const bytes = await (await fetch('/relaxed-ceiling.wasm')).arrayBuffer();
  if (!WebAssembly.validate(bytes)) return undefined;
  const { instance } = await WebAssembly.instantiate(bytes);
  const { run, macs } = instance.exports;
  return { run, macs: macs.value };
}

/** The 256 tokens that MiniLM takes, with [SEP] kept as the last. */
function cut(ids) {
  return ids.length > 256 ? [...ids.slice(0, 255), ids.at(-1)] : ids;
}

window.ready = true;
