import type { Engine } from '../engine/engine-loader.js';
import { GpuFailure } from './device.js';
import type { GpuEncoder } from './encoder.js';
import { tokenize } from './work.js';

/** Two texts of different lengths, so that the second begins where a tile does not. */
const TEXTS = ['A self-test: the same rows on both devices.', 'Short'];
/**
 * The least cosine of a token's hidden state on the GPU to that on wasm. Only the rounding of wasm's
 * activations comes between them, which leaves more than 0.99999.
 */
const LEAST_COSINE = 0.9999;
/** The same for activations of 7 bits, which leave more than 0.9997 in the models of the tests. */
const LEAST_EQUALIZED_COSINE = 0.99;

/** Throws a {@link GpuFailure} unless the GPU computes what wasm does, which rounds more if `equalized`. */
export async function selfTest(engine: Engine, encoder: GpuEncoder, equalized: boolean): Promise<void> {
  const settings = { prompt: '', normalize: false, dimension: 0 };
  const tokens = tokenize(engine, { texts: TEXTS, settings });
  const expected = engine.hidden(TEXTS);
  const found = await encoder.encode(tokens);
  const width = expected.length / tokens.ids.length;
  let least = 1;
  for (let at = 0; at < expected.length; at += width) {
    const cosine = cosineOf(expected.subarray(at, at + width), found.subarray(at, at + width));
    // So that NaN counts as the least of all.
    if (!(cosine >= least)) least = cosine;
  }
  if (!(found.length === expected.length && least >= (equalized ? LEAST_EQUALIZED_COSINE : LEAST_COSINE))) {
    throw new GpuFailure(`its self-test gave a cosine of ${least.toPrecision(4)} to wasm`);
  }
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
