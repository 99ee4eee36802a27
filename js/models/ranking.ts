import { describe } from '../shared/describe.js';
import type { RankedDocument, RankOptions } from './types.js';

/** The label that counts, or a TypeError where it is not clear which or the options make no sense. */
export function checkRankOptions({ topK, label }: RankOptions, labels: number): number {
  if (topK !== undefined && !(Number.isSafeInteger(topK) && topK >= 1)) {
    throw new TypeError(`\`topK\` is a whole number from 1 on, not ${describe(topK)}`);
  }
  if (label === undefined && labels === 1) return 0;
  if (Number.isInteger(label) && label! >= 0 && label! < labels) return label!;
  throw new TypeError(
    `This model gives ${labels} scores for a document: \`label\` is a whole number from 0 to ${labels - 1}, not ${describe(label)}`,
  );
}

/** The documents in the order of their scores for one label, equal ones in their own order. */
export function ranked(
  scores: Float32Array,
  labels: number,
  label: number,
  topK = Infinity,
): RankedDocument[] {
  return Array.from({ length: scores.length / labels }, (_, index) => {
    return { index, score: scores[index * labels + label]! };
  })
    .sort((one, other) => other.score - one.score)
    .slice(0, topK);
}
