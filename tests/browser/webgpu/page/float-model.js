// An int8 model's weights as a float32 checkpoint: what the GPU computes with, on wasm without any rounding.
import { build, twinOf } from './lab.js';

/** An engine in float32 with the weights of `engine`; `texts` are the checkpoint's JSON files. */
export function inFloat32(engine, texts) {
  const header = {};
  const parts = [];
  let offset = 0;
  for (const [name, shape, values] of twinOf(engine).checkpoint()) {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += bytes.length)] };
    parts.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const prefix = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
  const weights = new Uint8Array(prefix.length + json.length + offset);
  let at = 0;
  for (const part of [prefix, json, ...parts]) {
    weights.set(part, at);
    at += part.length;
  }
  return build(texts, weights, 'f32');
}
