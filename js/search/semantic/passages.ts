import type { Passage } from './embedder.js';
import type { SearchIndex } from '../index/search-index.js';
import type { SearchDocument } from './types.js';
import type { Metadata } from '../index/types.js';

/** What is known of a document without looking at its passages. */
export interface Entry {
  readonly title: string | undefined;
  readonly metadata: Metadata | undefined;
  readonly passages: number;
}

/** A document's new passages, with their vectors one after the other. */
export interface Encoded {
  readonly document: SearchDocument;
  readonly passages: readonly Passage[];
  readonly vectors: readonly Float32Array[];
}

/**
 * Documents in a `SearchIndex`, an entry for each passage. The entry of the first one also has the
 * title and the metadata; the texts of all, put together, are the document's text.
 */
export class Passages {
  readonly index: SearchIndex;
  readonly #entries = new Map<string, Entry>();

  /** @throws Error for an index that holds something else. */
  constructor(index: SearchIndex) {
    this.index = index;
    const counts = new Map<string, number>();
    for (const key of index.ids()) {
      const { id } = placeOf(key);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, passages] of counts) {
      const { title, metadata } = index.get(keyOf(id, 0))?.metadata ?? {};
      this.#entries.set(id, {
        title: title as string | undefined,
        metadata: metadata as Metadata | undefined,
        passages,
      });
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  entry(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** All documents' ids, in the order in which they were added. */
  ids(): IterableIterator<string> {
    return this.#entries.keys();
  }

  document(id: string): SearchDocument | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const parts = Array.from({ length: entry.passages }, (_, i) => this.passage(id, i));
    const text = parts.map((part) => part.text.slice(part.heading)).join('');
    return { id, text, title: entry.title, metadata: structuredClone(entry.metadata) };
  }

  passage(id: string, i: number): Passage {
    const { text = '', metadata } = this.index.get(keyOf(id, i))!;
    return { text, heading: metadata!.heading as number, at: metadata!.at as number };
  }

  /** The vectors of a document's passages, by the text that each was made from. */
  vectors(id: string): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    for (let i = 0; i < (this.#entries.get(id)?.passages ?? 0); i++) {
      found.set(this.passage(id, i).text, this.index.vector(keyOf(id, i))!);
    }
    return found;
  }

  /** Puts documents in instead of what is there under their ids: all of them, whole, or none. */
  put(documents: readonly Encoded[]): void {
    const all = documents.flatMap(({ document: { id, title, metadata }, passages, vectors }) =>
      passages.map(({ text, heading, at }, i) => ({
        key: keyOf(id, i),
        vector: vectors[i]!,
        metadata: i === 0 ? { heading, at, title, metadata } : { heading, at },
        text,
      })),
    );
    const vectors = new Float32Array(all.length * this.index.dimension);
    all.forEach(({ vector }, i) => vectors.set(vector, i * this.index.dimension));
    this.index.upsertMany(
      all.map(({ key }) => key),
      vectors,
      all.map(({ metadata }) => metadata),
      all.map(({ text }) => text),
    );
    for (const { document, passages } of documents) {
      const { id, title, metadata } = document;
      this.#drop(id, passages.length);
      this.#entries.set(id, { title, metadata, passages: passages.length });
    }
  }

  remove(id: string): boolean {
    this.#drop(id, 0);
    return this.#entries.delete(id);
  }

  clear(): void {
    this.index.clear();
    this.#entries.clear();
  }

  #drop(id: string, from: number): void {
    const { passages = 0 } = this.#entries.get(id) ?? {};
    for (let i = from; i < passages; i++) this.index.remove(keyOf(id, i));
  }
}

function keyOf(id: string, passage: number): string {
  return `${passage} ${id}`;
}

/** The document and the number of a passage. */
export function placeOf(key: string): { id: string; passage: number } {
  const space = key.indexOf(' ');
  return { id: key.slice(space + 1), passage: Number(key.slice(0, space)) };
}
