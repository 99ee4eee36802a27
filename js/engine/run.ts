import type { Engine } from '../../pkg/edgebert.js';
import { crashCount, engineCall, release } from './engine-call.js';
import { Sha256 } from '../shared/sha256.js';
import type { Bytes } from '../shared/types.js';
import { truncated } from './truncate.js';
import type { EncodeSettings, EngineInfo } from './types.js';

/** Asks the engine what its model is. */
export function infoOf(engine: Engine): EngineInfo {
  return engine.info() as EngineInfo;
}

/** The fingerprint of the engine's int8 model; see `ModelInfo.fingerprint`. */
export function fingerprintOf(engine: Engine): string {
  const crashes = crashCount();
  return engineCall(() => {
    const exporter = engine.exporter();
    try {
      const hashes: string[] = [];
      for (let piece = exporter.next(engine); piece; piece = exporter.next(engine)) {
        hashes.push(hashOf(piece as Bytes));
      }
      return hashOf(exporter.header(hashes) as Bytes);
    } finally {
      release(exporter, crashes);
    }
  });
}

function hashOf(bytes: Bytes): string {
  const hash = new Sha256();
  hash.update(bytes);
  return hash.hex();
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

/** Scores of documents for a query: one for each label, document by document. */
export function score(
  engine: Engine,
  query: string,
  documents: readonly string[],
): Float32Array<ArrayBuffer> {
  return engineCall(() => engine.score(query, [...documents])) as Float32Array<ArrayBuffer>;
}
