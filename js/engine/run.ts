import type { Engine } from '../../pkg/edgebert.js';
import { engineCall } from '../shared/errors.js';
import { truncated } from './truncation.js';

/** Vectors of texts with a prompt before each, of which `dimension` numbers are kept. */
export function encode(
  engine: Engine,
  texts: readonly string[],
  normalize: boolean,
  prompt: string,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const vectors = engineCall(() => engine.encode(texts as string[], normalize, prompt));
  return truncated(vectors as Float32Array<ArrayBuffer>, engine.dimension, dimension, normalize);
}

/** Scores of documents for a query: one for each label, document by document. */
export function score(
  engine: Engine,
  query: string,
  documents: readonly string[],
): Float32Array<ArrayBuffer> {
  const queries = documents.map(() => query);
  return engineCall(() => engine.score(queries, documents as string[])) as Float32Array<ArrayBuffer>;
}
