import type { Engine } from '../../pkg/edgebert.js';
import { engineCall } from './engine-call.js';
import { Sha256 } from '../shared/sha256.js';
import type { Bytes } from '../shared/types.js';
import { kernelOf } from './kernel.js';
import type { EngineInfo } from './types.js';

/** Asks the engine what its model is. */
export function infoOf(engine: Engine): EngineInfo {
  const info = engine.info() as Omit<EngineInfo, 'kernel'>;
  return { ...info, kernel: kernelOf(engine) };
}

/** The fingerprint of the engine's int8 model; see `ModelInfo.fingerprint`. */
export function fingerprintOf(engine: Engine): string {
  return engineCall(() => {
    const exporter = engine.exporter();
    try {
      const hashes: string[] = [];
      for (let piece = exporter.next(engine); piece; piece = exporter.next(engine)) {
        hashes.push(hashOf(piece as Bytes));
      }
      return hashOf(exporter.header(hashes) as Bytes);
    } finally {
      exporter.free();
    }
  });
}

function hashOf(bytes: Bytes): string {
  const hash = new Sha256();
  hash.update(bytes);
  return hash.hex();
}

/** What `encode` does with texts, whichever they are. */
export interface EncodeSettings {
  readonly normalize: boolean;
  /** Goes before each text. */
  readonly prompt: string;
  /** How many numbers each vector keeps. */
  readonly dimension: number;
}

// Arrays are copied before the engine reads them: reading a caller's own, which may be a Proxy, could call
// the engine again while it is at work.

/** Vectors of texts, one after the other. */
export function encode(
  engine: Engine,
  texts: readonly string[],
  { normalize, prompt, dimension }: EncodeSettings,
): Float32Array<ArrayBuffer> {
  const vectors = engineCall(() => engine.encode([...texts], normalize, prompt));
  return truncated(vectors as Float32Array<ArrayBuffer>, engine.dimension, dimension, normalize);
}

/** The first `kept` numbers of each vector of `whole`, of length 1 again if they were normalised. */
function truncated(
  vectors: Float32Array<ArrayBuffer>,
  whole: number,
  kept: number,
  normalize: boolean,
): Float32Array<ArrayBuffer> {
  if (kept === whole) return vectors;
  const rows = vectors.length / whole;
  const result = new Float32Array(rows * kept);
  for (let row = 0; row < rows; row++) {
    const from = vectors.subarray(row * whole, row * whole + kept);
    const to = result.subarray(row * kept, (row + 1) * kept);
    const length = normalize ? Math.sqrt(from.reduce((sum, value) => sum + value * value, 0)) : 1;
    if (length > 0) for (let i = 0; i < kept; i++) to[i] = from[i]! / length;
  }
  return result;
}

/** Scores of documents for a query: one for each label, document by document. */
export function score(
  engine: Engine,
  query: string,
  documents: readonly string[],
): Float32Array<ArrayBuffer> {
  return engineCall(() => engine.score(query, [...documents])) as Float32Array<ArrayBuffer>;
}
