import type { Entry } from './entries';

/** So many senses of a word are shown. */
const MOST = 3;

/** Which entries have a word among theirs. */
export class Headwords {
  /** Entries by word, each with the word's place in it: a synset's first word is the usual one. */
  readonly #entries = new Map<string, { index: number; place: number }[]>();

  constructor(entries: readonly Entry[]) {
    for (const [index, { words }] of entries.entries())
      for (const [place, word] of words.entries()) this.#add(keyOf(word), index, place);
  }

  /** The entries of a word, the most usual sense first; none for what is no word of the collection. */
  find(query: string): number[] {
    const typed = keyOf(query.trim());
    // Whoever has typed one letter is about to type another; WordNet has "A" for adenosine.
    const words = [typed, typed.replace(/^(?:an?|the|to) /, '')].filter(({ length }) => length > 1);
    const senses = words.map((word) => this.#entries.get(word)).find(Boolean) ?? [];
    return senses
      .toSorted((one, other) => one.place - other.place || one.index - other.index)
      .slice(0, MOST)
      .map(({ index }) => index);
  }

  #add(key: string, index: number, place: number): void {
    const known = this.#entries.get(key);
    if (known) known.push({ index, place });
    else this.#entries.set(key, [{ index, place }]);
  }
}

/** WordNet writes "deja vu". */
function keyOf(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}
