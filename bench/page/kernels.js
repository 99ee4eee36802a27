// Times the kernels one by one. Driven from bench/kernels.mjs through `window.prepare` and `window.round`.
import init, * as wasm from '/kernels/kernels.js';
import { calibrate, sample } from './stopwatch.js';

/** Long enough for the browser to recompile what is hot with its better compiler. */
const WARM_UP_MS = 40;

await init();

const weights = new Map();
const makers = {
  int16Ceiling: () => wasm.int16Ceiling(),
  f32Ceiling: () => wasm.f32Ceiling(),
  int8: (rows, ...shape) => shared(wasm.Int8Weights, ...shape).multiply(rows),
  f32: (rows, ...shape) => shared(wasm.F32Weights, ...shape).multiply(rows),
  attentionInt16: (length, heads, size) => wasm.attentionInt16(length, heads, size),
  attentionF32: (length, heads, size) => wasm.attentionF32(length, heads, size),
  layerNorm: (length) => wasm.layerNorm(length),
  quantize7: (length) => wasm.quantize7(length),
  quantize14: (length) => wasm.quantize14(length),
  gelu: (length) => wasm.gelu(length),
  exp: (length) => wasm.exponential(length),
  embedding: (length) => wasm.embedding(length),
  decode: (rows, width, spread) => wasm.decode(rows, width, spread),
};
const timed = [];

/**
 * Puts the loops of relaxed.wat into the kernels' table, as js/engine/kernel.ts does.
 *
 * @param base64 the module that has them
 * @param loop which of its two loops for activations of 7 bits; @returns whether their sums are right
 */
window.installRelaxed = (base64, loop) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    engine: { memory: wasm.ownMemory() },
  });
  const [onePart, twoParts] = wasm.relaxedPlaces();
  wasm.functionTable().set(onePart, exports[loop]);
  wasm.functionTable().set(twoParts, exports.twoParts);
  return wasm.installRelaxed();
};

/** @param kernels each with the name of its maker and that maker's arguments */
window.prepare = async (kernels, sampleMs) => {
  for (const { maker, args } of kernels) {
    const kernel = makers[maker](...args);
    const run = (times) => kernel.run(times);
    const { times } = await calibrate(run, WARM_UP_MS, sampleMs);
    timed.push({ run, times });
  }
};

/** One sample of every kernel in turn, in milliseconds per run. */
window.round = async () => {
  const samples = [];
  for (const { run, times } of timed) samples.push(await sample(run, times));
  return samples;
};

window.ceilingMacs = { int16: wasm.int16CeilingMacs(), f32: wasm.f32CeilingMacs() };
window.ready = true;

function shared(Weights, ...shape) {
  const key = `${Weights.name} ${shape}`;
  if (!weights.has(key)) weights.set(key, new Weights(...shape));
  return weights.get(key);
}
