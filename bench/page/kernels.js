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
  int8: (rows, outputs, inputs, copies) => shared(wasm.Int8Weights, outputs, inputs, copies).multiply(rows),
  f32: (rows, outputs, inputs, copies) => shared(wasm.F32Weights, outputs, inputs, copies).multiply(rows),
  attentionInt16: (length, heads, size) => wasm.attentionInt16(length, heads, size),
  attentionF32: (length, heads, size) => wasm.attentionF32(length, heads, size),
  layerNorm: (length) => wasm.layerNorm(length),
  quantize: (length) => wasm.quantize(length),
  gelu: (length) => wasm.gelu(length),
  exp: (length) => wasm.exponential(length),
  embedding: (length) => wasm.embedding(length),
  decode: (rows, width, spread) => wasm.decode(rows, width, spread),
};
const timed = [];

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

function shared(Weights, outputs, inputs, copies) {
  const key = `${Weights.name} ${outputs} ${inputs}`;
  if (!weights.has(key)) weights.set(key, new Weights(outputs, inputs, copies));
  return weights.get(key);
}
