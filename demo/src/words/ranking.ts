import type { Entry } from '../wordnet/entries';
import type { Hit } from '../wordnet/protocol';

/** What a hit's score counts where its definition has one word, or two: "remove" is near to everything. */
const SHORT = [0, 0.8, 0.9];

/** What people are called who are looked down on. */
const INSULT =
  /\b(?:stupid|ignorant|fool|foolish|idiot|dolt|dull|dim|incompetent|ineffective|contempt\w*|worthless|despicable|detestable|disgusting|repulsive|obnoxious|crude|uncouth|clumsy|silly|lazy|ugly)\b/i;
/** A description of people, by its first words. */
const OF_PEOPLE =
  /^(?:(?:an?|the|some)\s+)?(?:\S+\s+)?(?:person|people|somebody|someone|m[ae]n|wom[ae]n|boys?|girls?|immigrants?|foreigners?)\b/i;
/** So near is what was described; what the model merely associates with it is farther. */
const MEANT = { insult: 0.7, animal: 0.6 };

/**
 * Whether an answer would offend somebody who did not ask for it. The model has learnt from what people
 * write: "a poor person" is near to "lazybones" for it, and people of some countries to animals.
 */
export function offends(query: string, { definition, field }: Entry, score: number): boolean {
  if (field === 'noun.person') return INSULT.test(definition) && score < MEANT.insult;
  return field === 'noun.animal' && OF_PEOPLE.test(query.trim()) && score < MEANT.animal;
}

/**
 * The hits in the order in which they are shown: the word itself first, where somebody typed one,
 * and definitions of a word or two after longer ones that are as near; without those that offend.
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
  const others = hits
    .filter(({ index }) => !exact.some((hit) => hit.index === index))
    .filter(({ index, score }) => !offends(query, entry(index), score))
    .map(({ index, score }) => ({ index, score: score * (SHORT[wordsIn(entry(index).definition)] ?? 1) }))
    .sort((one, other) => other.score - one.score);
  return [...typed, ...others];
}

function wordsIn(text: string): number {
  return text.trim().split(/\s+/).length;
}
