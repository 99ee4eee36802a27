import type { Collection } from '../collection';

/** So many entries are read between two looks at the clock. */
const AT_ONCE = 200;
/** So many senses of a word are shown. */
const MOST = 3;

/** Which entries have a word among theirs. It is filled while the page is idle. */
export class Headwords {
  readonly #collection: Collection;
  /** Entries by word, each with the word's place in it: a synset's first word is the usual one. */
  readonly #entries = new Map<string, { index: number; place: number }[]>();
  readonly #onFilled: () => void;
  #read = 0;

  /** @param onFilled called once every word can be found */
  constructor(collection: Collection, onFilled: () => void) {
    this.#collection = collection;
    this.#onFilled = onFilled;
    this.#fill();
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

  #fill(): void {
    if (this.#read >= this.#collection.size) return this.#onFilled();
    idle((hasTime) => {
      do this.#readSome();
      while (hasTime() && this.#read < this.#collection.size);
      this.#fill();
    });
  }

  #readSome(): void {
    const end = Math.min(this.#collection.size, this.#read + AT_ONCE);
    for (; this.#read < end; this.#read++) {
      for (const [place, word] of this.#collection.entry(this.#read).words.entries()) {
        const key = keyOf(word);
        const known = this.#entries.get(key);
        if (known) known.push({ index: this.#read, place });
        else this.#entries.set(key, [{ index: this.#read, place }]);
      }
    }
  }
}

/** WordNet writes "deja vu". */
function keyOf(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

/** Works while the page has nothing else to do; `hasTime` says whether it still has not. */
function idle(work: (hasTime: () => boolean) => void): void {
  if ('requestIdleCallback' in globalThis)
    requestIdleCallback((deadline) => work(() => deadline.timeRemaining() > 1), { timeout: 1000 });
  // Safari has none.
  else setTimeout(() => work(() => false), 0);
}
