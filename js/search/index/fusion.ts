import { checkHybridQuery, checkVector } from './checks.js';
import type { Entries, Hit } from './entries.js';
import type { Predicate } from './filter.js';
import type { HybridQuery } from './types.js';

/** As in the paper below. */
const RRF_K = 60;
/** Places of either ranking that count: further down they add less than a seventeenth of a first place's. */
const DEPTH = 1000;

/**
 * The weight of the vector where a query has words too and does not say, as is usual for fused ranks. With
 * one half, the best match by words is always among the first two: error codes and proper names are found.
 */
export const DEFAULT_ALPHA = 0.5;

/** A query with an `alpha` that is 0 or 1 where only one of the two is there. */
export interface Query {
  readonly text: string | undefined;
  readonly vector: Float32Array | number[] | undefined;
  readonly alpha: number;
}

/**
 * A query of either form.
 *
 * @throws TypeError or RangeError for what is no query.
 */
export function checkQuery(query: Float32Array | number[] | HybridQuery, dimension: number): Query {
  const plain =
    typeof query !== 'object' || query === null || Array.isArray(query) || ArrayBuffer.isView(query);
  if (!plain) checkHybridQuery(query);
  const { text, vector, alpha = DEFAULT_ALPHA } = plain ? { vector: query } : query;
  if (plain || vector !== undefined) checkVector(vector, dimension);
  if (text === undefined && vector === undefined) {
    throw new TypeError('A query must have a `text` or a `vector`');
  }
  return { text, vector, alpha: text === undefined ? 1 : vector === undefined ? 0 : alpha };
}

/**
 * One ranking from two: reciprocal rank fusion (Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion
 * outperforms Condorcet and Individual Rank Learning Methods", SIGIR 2009), with a weight for each.
 * The sums are multiplied by 61, so that who is first in both has a score of 1. Of equal scores the
 * lower slot comes first.
 */
export function fuse(byVector: readonly Hit[], byText: readonly Hit[], alpha: number): Hit[] {
  const scores = new Map<number, number>();
  const add = (hits: readonly Hit[], weight: number) =>
    hits.forEach(({ slot }, i) => {
      scores.set(slot, (scores.get(slot) ?? 0) + (weight * (RRF_K + 1)) / (RRF_K + 1 + i));
    });
  add(byVector, alpha);
  add(byText, 1 - alpha);
  return Array.from(scores, ([slot, score]) => ({ slot, score })).sort(
    (a, b) => b.score - a.score || a.slot - b.slot,
  );
}

/** The slots that answer best: by the vector, by the text, or by both. */
export function rank(
  entries: Entries,
  { text, vector, alpha }: Query,
  limit: number,
  minScore: number,
  filter: Predicate | undefined,
): Hit[] {
  if (alpha === 1) return entries.nearest(vector!, limit, minScore, filter);
  if (alpha === 0) return entries.matching(text!, limit, minScore, filter);
  const depth = Math.max(limit, DEPTH);
  const fused = fuse(
    entries.nearest(vector!, depth, -Infinity, filter),
    entries.matching(text!, depth, -Infinity, filter),
    alpha,
  );
  return fused.filter(({ score }) => score >= minScore).slice(0, limit);
}
