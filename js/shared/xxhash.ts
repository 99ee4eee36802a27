import type { Bytes } from './types.js';

const [P1, P2, P3, P4, P5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

/**
 * xxHash32 (the algorithm's specification: https://github.com/Cyan4973/xxHash), by which a flipped
 * bit shows. It finds damage, not malice.
 */
export function xxHash32(bytes: Bytes, seed = 0): number {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  // WebAssembly is little-endian, and so is every machine that has it.
  const words = new Int32Array(buffer, byteOffset, Math.floor(length / 4));
  const blocks = words.length - (words.length % 4);
  let hash = (seed + P5) | 0;
  if (blocks > 0) {
    let [a, b, c, d] = [(seed + P1 + P2) | 0, (seed + P2) | 0, seed | 0, (seed - P1) | 0];
    for (let i = 0; i < blocks; i += 4) {
      a = round(a, words[i]!);
      b = round(b, words[i + 1]!);
      c = round(c, words[i + 2]!);
      d = round(d, words[i + 3]!);
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0;
  }
  hash = (hash + length) | 0;
  for (let i = blocks; i < words.length; i++) {
    hash = Math.imul(rotate((hash + Math.imul(words[i]!, P3)) | 0, 17), P4);
  }
  for (let i = 4 * words.length; i < length; i++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[i]!, P5)) | 0, 11), P1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, P2)) | 0, 13), P1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
