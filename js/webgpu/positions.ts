import { DISTANCES, FARTHEST } from './shaders.js';

/** Tokens of a text at most; wasm does longer ones, which would hold a GPU up for too long. */
export const LONGEST_TEXT = 512;

/** Rows of MPNet's table for keys in front of the query, and behind it. */
const BUCKETS = 16;

/** MPNet's biases by head and distance of a key behind its query, as `attention` reads them. */
export function distanceBiases(table: Float32Array, heads: number): Float32Array {
  return Float32Array.from({ length: heads * DISTANCES }, (_, i) => {
    const distance = Math.min((i % DISTANCES) - FARTHEST, FARTHEST);
    return table[bucket(distance) * heads + Math.floor(i / DISTANCES)]!;
  });
}

/**
 * The row of the table for a key that is `distance` tokens behind its query: the nearest ones have one each,
 * then rows grow with the logarithm. As in `MPNetEncoder.relative_position_bucket` of transformers.
 */
function bucket(distance: number): number {
  const far = Math.abs(distance);
  const exact = BUCKETS / 2;
  // From 8 to 128 is a factor of 16, which the other 8 rows share.
  const row = far < exact ? far : exact + Math.floor((exact * Math.log2(far / exact)) / 4);
  return row + (distance > 0 ? BUCKETS : 0);
}

/**
 * The cosines and sines of rotary positions for heads of `head` elements, as `matmul` reads them; in float32
 * wherever transformers has float32: see src/model/rotary.rs.
 */
export function anglesOf(theta: number, head: number): Float32Array {
  const half = head / 2;
  const steps = Float32Array.from({ length: half }, (_, pair) => 1 / Math.fround(theta ** (pair / half)));
  return Float32Array.from({ length: LONGEST_TEXT * head }, (_, i) => {
    const angle = Math.fround(Math.floor(i / head) * steps[(i % head) >> 1]!);
    return i % 2 ? Math.sin(angle) : Math.cos(angle);
  });
}

/** Where an element of a head goes, whose pairs are half a head apart, so that pairs are neighbours. */
export function paired(element: number, head: number): number {
  const half = head / 2;
  const at = element % head;
  return element - at + 2 * (at % half) + Math.floor(at / half);
}
