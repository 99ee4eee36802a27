import type { RankedDocument } from './types.js';

/** The documents in descending order of their scores for one label; ties keep their order. */
export function ranked(scores: Float32Array, labels: number, label: number, topK: number): RankedDocument[] {
  return Array.from({ length: scores.length / labels }, (_, index) => {
    return { index, score: scores[index * labels + label]! };
  })
    .sort((one, other) => other.score - one.score)
    .slice(0, topK);
}
