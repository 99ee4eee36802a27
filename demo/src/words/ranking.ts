import type { Entry } from '../wordnet/entries';
import type { Hit } from '../wordnet/protocol';
import { isGroup, offends } from './people';

/** "A kind of person" says no more than its last word. */
const KIND_OF = /^(?:an?|any|some) (?:kind|sort|type) of /;
/** What a hit counts where its definition has one word, or two: "remove" is near to everything. */
const SHORT = [0, 0.8, 0.9];

/**
 * The hits in the order in which they are shown: the word itself first, where somebody typed one,
 * and definitions of a word or two after longer ones that are as near; without those that offend. Of a
 * group of people nothing but its own name.
 *
 * @param exact entries that have the query as one of their words
 */
export function ranked(
  query: string,
  hits: readonly Hit[],
  exact: readonly Hit[],
  entry: (index: number) => Entry,
): Hit[] {
  const scores = new Map(hits.map(({ index, score }) => [index, score]));
  const typed = exact.map((hit) => ({ ...hit, score: scores.get(hit.index) ?? 0 }));
  if (isGroup(query)) return typed;
  const others = hits
    .filter(({ index }) => !exact.some((hit) => hit.index === index))
    .filter(({ index, score }) => !offends(query, entry(index), score))
    .map(({ index, score }) => ({ index, score: score * (SHORT[wordsIn(entry(index).definition)] ?? 1) }))
    .sort((one, other) => other.score - one.score);
  return [...typed, ...others];
}

function wordsIn(text: string): number {
  return text.trim().replace(KIND_OF, '').split(/\s+/).length;
}
