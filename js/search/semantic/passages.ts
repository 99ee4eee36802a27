import { EdgeBertError } from '../../shared/errors.js';
import { isRecord } from '../../shared/guards.js';
import type { Validator } from '../../storage/model-store.js';
import { cloneMetadata } from '../index/checks.js';
import { SearchIndex } from '../index/search-index.js';
import type { Metadata } from '../index/types.js';
import type { Passage } from './embedder.js';
import { Provenance } from './provenance.js';
import type { StoredDocument } from './documents.js';

/** What is known of a document without looking at its passages. */
export interface DocumentEntry {
  readonly title: string | undefined;
  readonly metadata: Metadata | undefined;
  readonly passages: number;
}

/** A document's new passages, with their vectors one after the other. */
export interface Encoded {
  readonly document: StoredDocument;
  readonly passages: readonly Passage[];
  readonly vectors: readonly Float32Array[];
}

/** Documents that are copied from one index to another at a time. */
const COPIED_AT_ONCE = 256;

/**
 * Documents in a `SearchIndex`, an entry for each passage. The entry of the first one also has the
 * title and the metadata; the texts of all, put together, are the document's text.
 */
export class Passages {
  readonly index: SearchIndex;
  readonly #entries = new Map<string, DocumentEntry>();
  /** Rounds vectors as the index does. */
  #rounded: SearchIndex | undefined;
  /** Set where documents come from a prepared file. */
  #provenance: Provenance | undefined;

  /**
   * @param what names the index in errors
   * @throws EdgeBertError `format` for an index that holds something else
   */
  constructor(index: SearchIndex, what = 'The index') {
    this.index = index;
    this.#provenance = index.origin && new Provenance(index.origin);
    const counts = new Map<string, number>();
    for (const key of index.ids()) {
      const { id } = placeOf(key);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, passages] of counts) this.#entries.set(id, entryOf(index, id, passages, what));
  }

  get size(): number {
    return this.#entries.size;
  }

  entry(id: string): DocumentEntry | undefined {
    return this.#entries.get(id);
  }

  /** All documents' ids, in the order in which they were added. */
  ids(): IterableIterator<string> {
    return this.#entries.keys();
  }

  document(id: string): StoredDocument | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const parts = Array.from({ length: entry.passages }, (_, i) => this.passage(id, i));
    const text = parts.map((part) => part.text.slice(part.heading)).join('');
    return { id, text, title: entry.title, metadata: cloneMetadata(entry.metadata) };
  }

  passage(id: string, i: number): Passage {
    const { text = '', metadata } = this.index.peek(keyOf(id, i))!;
    return { text, heading: metadata!.heading as number, at: metadata!.at as number };
  }

  /** The vector of a document's passage, as the index keeps it. */
  vector(id: string, i: number): Float32Array {
    return this.index.vector(keyOf(id, i))!;
  }

  /** Whether that is what the index would make of `vector`. */
  hasVector(id: string, i: number, vector: Float32Array): boolean {
    const { dimension, precision } = this.index;
    this.#rounded ??= new SearchIndex({ dimension, precision });
    this.#rounded.upsert('', vector);
    return areEqual(this.vector(id, i), this.#rounded.vector('')!);
  }

  /** The vectors of a document's passages, by the text that each was made from. */
  vectors(id: string): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    for (let i = 0; i < (this.#entries.get(id)?.passages ?? 0); i++) {
      found.set(this.passage(id, i).text, this.vector(id, i));
    }
    return found;
  }

  /** Puts documents in instead of what is there under their ids: all of them, whole, or none. */
  put(documents: readonly Encoded[]): void {
    const there = documents.map(({ document: { id } }) => this.#entries.has(id));
    this.#put(documents);
    documents.forEach(({ document: { id } }, i) => this.#provenance?.put(id, there[i]!));
    this.#noteOrigin();
  }

  remove(id: string): boolean {
    const there = this.#remove(id);
    if (there) this.#provenance?.remove(id);
    this.#noteOrigin();
    return there;
  }

  clear(): void {
    for (const id of this.#entries.keys()) this.#provenance?.remove(id);
    this.index.clear();
    this.#entries.clear();
    this.#noteOrigin();
  }

  /**
   * Makes what came from a prepared file what that file holds now. Documents that the page has added,
   * replaced or removed stay as they are; those that are the same already are not touched.
   */
  update(prepared: Passages, validator: Validator): void {
    const provenance = (this.#provenance ??= Provenance.ofOwn(this.#entries.keys()));
    for (const id of provenance.outdated(this.#entries.keys(), (id) => prepared.#entries.has(id))) {
      this.#remove(id);
    }
    const changed = provenance.wanted(prepared.#entries.keys()).filter((id) => !this.#isSame(id, prepared));
    for (let start = 0; start < changed.length; start += COPIED_AT_ONCE) {
      this.#put(changed.slice(start, start + COPIED_AT_ONCE).map((id) => prepared.#encoded(id)));
    }
    provenance.validator = validator;
    this.#noteOrigin();
  }

  /** Takes over from another model's documents which of them the page has added, replaced or removed. */
  adopt(others: Passages): void {
    this.index.origin = others.index.origin;
    this.#provenance = others.index.origin && new Provenance(others.index.origin);
  }

  /** Documents that the page has added or replaced itself: all, where none were prepared. */
  own(): string[] {
    const provenance = this.#provenance;
    const ids = [...this.#entries.keys()];
    return provenance ? ids.filter((id) => provenance.isOwn(id)) : ids;
  }

  #put(documents: readonly Encoded[]): void {
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

  #remove(id: string): boolean {
    this.#drop(id, 0);
    return this.#entries.delete(id);
  }

  #drop(id: string, from: number): void {
    const { passages = 0 } = this.#entries.get(id) ?? {};
    for (let i = from; i < passages; i++) this.index.remove(keyOf(id, i));
  }

  #encoded(id: string): Encoded {
    const { passages } = this.#entries.get(id)!;
    const places = Array.from({ length: passages }, (_, i) => i);
    return {
      document: this.document(id)!,
      passages: places.map((i) => this.passage(id, i)),
      vectors: places.map((i) => this.vector(id, i)),
    };
  }

  #isSame(id: string, other: Passages): boolean {
    const [mine, theirs] = [this.#entries.get(id), other.#entries.get(id)!];
    if (!mine || mine.passages !== theirs.passages || mine.title !== theirs.title) return false;
    if (JSON.stringify(mine.metadata) !== JSON.stringify(theirs.metadata)) return false;
    for (let i = 0; i < mine.passages; i++) {
      const [one, two] = [this.passage(id, i), other.passage(id, i)];
      if (one.text !== two.text || one.at !== two.at || one.heading !== two.heading) return false;
      if (!areEqual(this.vector(id, i), other.vector(id, i))) return false;
    }
    return true;
  }

  #noteOrigin(): void {
    this.index.origin = this.#provenance?.origin;
  }
}

/** Whether two vectors have the same numbers. */
function areEqual(one: Float32Array, other: Float32Array): boolean {
  return one.every((value, i) => value === other[i]);
}

/** What the entries of a document say of it. */
function entryOf(index: SearchIndex, id: string, passages: number, what: string): DocumentEntry {
  const wrong = (problem: string) =>
    new EdgeBertError(
      'format',
      `${what} does not hold documents: ${problem}. \`SearchIndex\` opens an index of vectors, and \`edgebert ` +
        'index --documents` and `SemanticSearch.toBytes` make one of documents.',
    );
  let at = 0;
  for (let i = 0; i < passages; i++) {
    const { text, metadata } = index.peek(keyOf(id, i)) ?? {};
    if (text === undefined || !metadata) throw wrong(`passage ${i} of ${JSON.stringify(id)} is missing`);
    const { heading } = metadata;
    const placed =
      Number.isInteger(heading) && (heading as number) >= 0 && (heading as number) <= text.length;
    if (!placed || metadata.at !== at) throw wrong(`passage ${i} of ${JSON.stringify(id)} has no place`);
    at += text.length - (heading as number);
  }
  const { title, metadata } = index.peek(keyOf(id, 0))!.metadata!;
  if (title !== undefined && typeof title !== 'string') throw wrong(`the title of ${JSON.stringify(id)}`);
  if (metadata !== undefined && !isRecord(metadata)) throw wrong(`the metadata of ${JSON.stringify(id)}`);
  return { title, metadata: cloneMetadata(metadata), passages };
}

function keyOf(id: string, passage: number): string {
  return `${passage} ${id}`;
}

/** The document and the number of a passage. */
export function placeOf(key: string): { id: string; passage: number } {
  const space = key.indexOf(' ');
  return { id: key.slice(space + 1), passage: Number(key.slice(0, space)) };
}
