import { termsOf } from './terms.js';

/** How soon more of a term in a text stops to count more; Lucene's default, as the next. */
const K1 = 1.2;
/** How much a text's length tells against it. */
const B = 0.75;

/** The texts that a term is in. */
interface Postings {
  /** Document and count in turn; documents that were removed are still there. */
  readonly entries: number[];
  /** Documents that are not removed. */
  documents: number;
}

/** A text as it was when it was put in. */
interface Document {
  /** -1 once it was removed. */
  slot: number;
  readonly length: number;
  /** Where each of its terms is. */
  readonly postings: readonly Postings[];
}

/**
 * Texts in numbered slots, and how well each answers a query in words: BM25 (Robertson & Zaragoza,
 * "The Probabilistic Relevance Framework", 2009), with Lucene's idf, which is never negative:
 * `ln(1 + (N - n + 0.5) / (n + 0.5))`. Scores are those of an index newly built of the same texts,
 * whatever was put in and removed before.
 */
export class LexicalIndex {
  readonly #terms = new Map<string, Postings>();
  readonly #documents: Document[] = [];
  readonly #bySlot = new Map<number, Document>();
  /** Terms of all texts together. */
  #length = 0;

  /** Whether so much was removed that building it again is worth it. */
  get worn(): boolean {
    return this.#documents.length > 2 * this.#bySlot.size + 1000;
  }

  /** Puts a text into a slot, instead of one that is there; without a text the slot is empty. */
  put(slot: number, text: string | undefined): void {
    this.remove(slot);
    if (text === undefined) return;
    const counts = new Map<string, number>();
    const terms = termsOf(text);
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    const postings: Postings[] = [];
    for (const [term, count] of counts) {
      let found = this.#terms.get(term);
      if (!found) this.#terms.set(term, (found = { entries: [], documents: 0 }));
      found.entries.push(this.#documents.length, count);
      found.documents++;
      postings.push(found);
    }
    const document = { slot, length: terms.length, postings };
    this.#documents.push(document);
    this.#bySlot.set(slot, document);
    this.#length += terms.length;
  }

  remove(slot: number): void {
    const document = this.#bySlot.get(slot);
    if (!document) return;
    for (const postings of document.postings) postings.documents--;
    this.#length -= document.length;
    this.#bySlot.delete(slot);
    document.slot = -1;
  }

  /**
   * The score of each of the first `slots` slots: 0 for a text with no term of the query, which the
   * query can name more than once to no effect.
   */
  scores(query: string, slots: number): Float64Array {
    const scores = new Float64Array(slots);
    const total = this.#bySlot.size;
    const mean = this.#length / total;
    for (const term of new Set(termsOf(query))) {
      const postings = this.#terms.get(term);
      if (!postings) continue;
      const { entries, documents } = postings;
      const idf = Math.log(1 + (total - documents + 0.5) / (documents + 0.5));
      for (let i = 0; i < entries.length; i += 2) {
        const { slot, length } = this.#documents[entries[i]!]!;
        if (slot < 0) continue;
        const count = entries[i + 1]!;
        scores[slot]! += (idf * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / mean));
      }
    }
    return scores;
  }
}
