import type { Predicate } from './filter.js';
import { LexicalIndex } from './bm25.js';
import { BLOCK, VectorMemory } from './vector-memory.js';
import type { Entry, Segment } from '../saved/segment.js';
import { TopK } from './top-k.js';
import type { IndexPrecision, Metadata } from './types.js';

/** Slots of removed entries are closed up when they outnumber the others and are at least so many. */
const MIN_HOLES = 1024;
const NONE: Metadata = Object.freeze({});

/** What is put in with vectors; elements that are missing are undefined. */
export interface Additions {
  readonly ids: readonly string[];
  readonly metadata: readonly (Metadata | undefined)[];
  readonly texts: readonly (string | undefined)[];
}

/** An entry that answers a query, and how well. */
export interface Hit {
  readonly slot: number;
  readonly score: number;
}

/**
 * The entries of an index: vectors, and what belongs to them, in slots. Slots are in the order of
 * insertion: a new entry takes the next one, and those of removed entries stay empty until all are
 * closed up. Nothing here checks what a caller may have given wrong.
 */
export class Entries {
  readonly rows: VectorMemory;
  readonly #slots = new Map<string, number>();
  #ids: (string | undefined)[] = [];
  #metadata: (Metadata | undefined)[] = [];
  #texts: (string | undefined)[] = [];
  /** The words of the texts; made when it is first asked for. */
  #words: LexicalIndex | undefined;

  constructor(dimension: number, precision: IndexPrecision) {
    this.rows = new VectorMemory(dimension, precision);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Slots in use, empty ones among them. */
  get used(): number {
    return this.#ids.length;
  }

  /** In the order of insertion. */
  get ids(): ReadonlyMap<string, number> {
    return this.#slots;
  }

  slotOf(id: string): number | undefined {
    return this.#slots.get(id);
  }

  idAt(slot: number): string {
    return this.#ids[slot]!;
  }

  metadataAt(slot: number): Metadata | undefined {
    return this.#metadata[slot];
  }

  textAt(slot: number): string | undefined {
    return this.#texts[slot];
  }

  /** Entries in certain slots, or all. */
  *at(slots: Iterable<number> = this.#slots.values()): Generator<Entry> {
    for (const slot of slots) {
      yield { slot, id: this.#ids[slot]!, metadata: this.#metadata[slot], text: this.#texts[slot] };
    }
  }

  /** Entries of certain ids, in the order of insertion; those that are not there are left out. */
  *of(ids: Iterable<string>): Generator<Entry> {
    const slots = [];
    for (const id of ids) slots.push(this.#slots.get(id) ?? -1);
    yield* this.at(slots.filter((slot) => slot >= 0).sort((a, b) => a - b));
  }

  /** Puts vectors in. Returns how many have a direction; if not all of them have, nothing has changed. */
  put(additions: Additions, vectors: Float32Array): number {
    return this.#put(additions, (slot, count) => this.rows.write(slot, vectors, count));
  }

  /** Removes and puts in what a segment says; returns as `put` does. */
  apply(segment: Segment): number {
    for (const id of segment.removed) this.remove(id);
    return this.#put(segment, (slot, count) => this.rows.unpack(slot, segment.elements, count));
  }

  #put({ ids, metadata, texts }: Additions, write: (slot: number, count: number) => number): number {
    // First after all others, where they change nothing.
    const end = this.used;
    this.rows.reserve(end + ids.length);
    const right = write(end, ids.length);
    if (right < ids.length) return right;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const slot = this.#slots.get(id) ?? this.used;
      this.rows.copy(end + i, slot);
      this.#slots.set(id, slot);
      this.#ids[slot] = id;
      this.#metadata[slot] = metadata[i];
      this.#texts[slot] = texts[i];
      this.#words?.put(slot, texts[i]);
    }
    return right;
  }

  /** Whether the id was there. */
  remove(id: string): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) return false;
    this.#slots.delete(id);
    this.rows.erase(slot);
    this.#ids[slot] = undefined;
    this.#metadata[slot] = undefined;
    this.#texts[slot] = undefined;
    this.#words?.remove(slot);
    const holes = this.used - this.size;
    if (holes >= MIN_HOLES && holes > this.size) this.#closeUp();
    return true;
  }

  /** Moves all entries to the front, in their order. */
  #closeUp(): void {
    let slot = 0;
    for (const [id, from] of this.#slots) {
      this.rows.copy(from, slot);
      this.#ids[slot] = id;
      this.#metadata[slot] = this.#metadata[from];
      this.#texts[slot] = this.#texts[from];
      this.#slots.set(id, slot++);
    }
    for (const list of [this.#ids, this.#metadata, this.#texts]) list.length = slot;
    this.#words = undefined;
  }

  /**
   * The slots that score best beside `query`, the best first; of equal scores the earlier one. The
   * filter is asked about entries that would be taken: about few, and never about too few.
   */
  nearest(query: ArrayLike<number>, limit: number, minScore: number, filter: Predicate | undefined): Hit[] {
    const best = new TopK(limit);
    this.rows.setQuery(query);
    for (let first = 0; first < this.used; first += BLOCK) {
      const count = Math.min(BLOCK, this.used - first);
      const { hits, scores } = this.rows.scan(first, count, Math.max(best.bar, minScore));
      for (const hit of hits) {
        const score = scores[hit]!;
        if (score <= best.bar || score < minScore) continue;
        const slot = first + hit;
        if (filter && !filter(this.#metadata[slot] ?? NONE, this.#ids[slot]!)) continue;
        best.push(score, slot);
      }
    }
    return best.sorted();
  }

  /** The slots whose texts have words of the query, by BM25; otherwise as `nearest`. */
  matching(query: string, limit: number, minScore: number, filter: Predicate | undefined): Hit[] {
    if (!this.#words || this.#words.worn) {
      this.#words = new LexicalIndex();
      for (const { slot, text } of this.at()) this.#words.put(slot, text);
    }
    const best = new TopK(limit);
    this.#words.scores(query, this.used).forEach((score, slot) => {
      if (score === 0 || score <= best.bar || score < minScore) return;
      if (filter && !filter(this.#metadata[slot] ?? NONE, this.#ids[slot]!)) return;
      best.push(score, slot);
    });
    return best.sorted();
  }
}
