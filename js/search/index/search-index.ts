import { EdgeBertError } from '../../shared/errors.js';
import { quote } from '../../shared/describe.js';
import { lazy } from '../../shared/lazy.js';
import type { Bytes } from '../../shared/types.js';
import { absoluteUrl } from '../../shared/urls.js';
import {
  alignedFile,
  checkExpected,
  identityOf,
  readIndexHeader,
  writeIndexHeader,
  type IndexHeader,
} from '../saved/index-file.js';
import { IndexSaver } from '../saved/index-saver.js';
import { deleteIndex, listIndexes, readIndex } from '../saved/index-store.js';
import type { Origin } from '../saved/origin.js';
import { planSegments, readSegment, segmentsOf, writeSegment } from '../saved/segment.js';
import {
  checkAdditions,
  checkExpectation,
  checkFetchOptions,
  checkId,
  checkIndexOptions,
  checkOptionalText,
  checkReembed,
  checkSearchOptions,
  checkVector,
  cloneMetadata,
  copyMetadata,
} from './checks.js';
import { Entries, type Additions } from './entries.js';
import { predicateOf } from './filter.js';
import { checkQuery, rank } from './fusion.js';
import { reembedded } from './reembed.js';
import type {
  EmbeddingModel,
  HybridQuery,
  IndexEntry,
  IndexExpectation,
  IndexFetchOptions,
  IndexPrecision,
  Metadata,
  ReembedOptions,
  SavedIndexInfo,
  SearchIndexOptions,
  SearchOptions,
  SearchResult,
} from './types.js';

/**
 * Vectors by id, and the nearest of them to any other: every search looks at all, so it finds the
 * true neighbours. Vectors are normalised on their way in, and scores are cosines.
 *
 * It is ready at once, on a page, in a worker and outside of browsers, and needs no model.
 */
export class SearchIndex {
  /** The name of the model that the vectors come from, where that was said. */
  readonly model: string | undefined;
  /** The model's fingerprint, where that was said; see `ModelInfo.fingerprint`. */
  readonly fingerprint: string | undefined;
  /** Numbers in each vector. */
  readonly dimension: number;
  /** How vectors are stored; see `SearchIndexOptions.precision`. */
  readonly precision: IndexPrecision;
  /**
   * Where it was fetched from, which is saved with it.
   *
   * @internal
   */
  origin: Origin | undefined;
  #entries: Entries;
  /** A filter is running. */
  #searching = false;
  readonly #saver = new IndexSaver({
    header: () => this.#header,
    origin: () => this.origin,
    entries: () => this.#entries,
  });

  /**
   * An empty index.
   *
   * @throws TypeError, RangeError for options that make no sense; EdgeBertError `unsupported`
   * without WebAssembly SIMD.
   */
  constructor(options: SearchIndexOptions) {
    checkIndexOptions(options);
    const { name, fingerprint } = identityOf(options.model);
    this.model = name;
    this.fingerprint = fingerprint;
    this.dimension = options.dimension;
    this.precision = options.precision ?? 'int8';
    this.#entries = new Entries(this.dimension, this.precision);
  }

  /** How many vectors there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether there is an entry with this id. */
  has(id: string): boolean {
    return this.#entries.ids.has(id);
  }

  /** All ids, in the order of insertion. */
  ids(): IterableIterator<string> {
    return this.#entries.ids.keys();
  }

  /** What was given with a vector. Changing it does not change the index. */
  get(id: string): IndexEntry | undefined {
    const slot = this.#entries.slotOf(id);
    if (slot === undefined) return undefined;
    return { metadata: cloneMetadata(this.#entries.metadataAt(slot)), text: this.#entries.textAt(slot) };
  }

  /**
   * As `get`, without a copy: the caller must not change it.
   *
   * @internal
   */
  peek(id: string): Readonly<IndexEntry> | undefined {
    const slot = this.#entries.slotOf(id);
    if (slot === undefined) return undefined;
    return { metadata: this.#entries.metadataAt(slot), text: this.#entries.textAt(slot) };
  }

  /** A vector as it is kept: of length one, and with int8 rounded. */
  vector(id: string): Float32Array | undefined {
    const slot = this.#entries.slotOf(id);
    return slot === undefined ? undefined : this.#entries.rows.vector(slot);
  }

  /**
   * Puts a vector in, with metadata and text. Of an id that is there already all of these are
   * replaced, and it keeps its place in the order of insertion.
   *
   * @throws TypeError or RangeError for a vector of another dimension, one that is zero or not
   * finite, an id that is not a string, or metadata that JSON cannot hold; EdgeBertError `state` where
   * there is no memory. The index is then as it was.
   */
  upsert(id: string, vector: Float32Array | number[], metadata?: Metadata, text?: string): void {
    checkId('An id', id);
    checkVector(vector, this.dimension);
    checkOptionalText('The text', text);
    const kept = copyMetadata('The metadata', metadata);
    this.#insert({ ids: [id], metadata: [kept], texts: [text] }, Float32Array.from(vector));
  }

  /**
   * Puts many vectors in, which lie one after the other; as `upsert` does, or none of them at all.
   *
   * @throws as `upsert`, and RangeError where lengths don't fit each other or an id comes twice.
   */
  upsertMany(
    ids: readonly string[],
    vectors: Float32Array,
    metadata: readonly (Metadata | undefined)[] = [],
    texts: readonly (string | undefined)[] = [],
  ): void {
    this.#insert(checkAdditions(ids, vectors, metadata, texts, this.dimension), vectors);
  }

  /** All of it has been checked, but for vectors without a direction. */
  #insert(additions: Additions, vectors: Float32Array): void {
    this.#checkIdle();
    const right = this.#entries.put(additions, vectors);
    const { ids } = additions;
    if (right < ids.length) {
      const wrong = vectors.subarray(right * this.dimension, (right + 1) * this.dimension);
      const what = wrong.every((x) => x === 0) ? 'zero' : 'not finite';
      throw new RangeError(`The vector of ids[${right}] is ${what}: cosine similarity is undefined for it`);
    }
    this.#saver.notePut(ids);
  }

  /** Whether the id was there. */
  remove(id: string): boolean {
    this.#checkIdle();
    const there = this.#entries.remove(id);
    if (there) this.#saver.noteRemoved(id);
    return there;
  }

  /** Removes all entries, and gives their memory back. */
  clear(): void {
    this.#checkIdle();
    this.#entries = new Entries(this.dimension, this.precision);
    this.#saver.noteCleared();
  }

  /**
   * The entries nearest to a vector, the best first; of equal scores the one that was inserted
   * first. A filter is part of the search: there are `topK` results whenever so many entries pass.
   *
   * With `{ text }` the entries whose texts have words of it, by BM25; with `{ text, vector }` both
   * rankings fused, which finds error codes and proper names beside what is meant. The first search
   * by a text reads all texts, about 100,000 short ones in a second; later changes are kept up with.
   *
   * @throws TypeError or RangeError for a query or options that make no sense.
   */
  search(query: Float32Array | number[] | HybridQuery, options: SearchOptions = {}): SearchResult[] {
    checkSearchOptions('search', options);
    const { topK = 10, filter, minScore = -Infinity } = options;
    const checked = checkQuery(query, this.dimension);
    const predicate = predicateOf(filter);
    this.#checkIdle();
    this.#searching = true;
    try {
      return rank(this.#entries, checked, topK, minScore, predicate).map(({ slot, score }) => ({
        id: this.#entries.idAt(slot),
        score,
        metadata: cloneMetadata(this.#entries.metadataAt(slot)),
        text: this.#entries.textAt(slot),
      }));
    } finally {
      this.#searching = false;
    }
  }

  /**
   * The entries nearest to one that is in the index, without that one: `search` with its vector.
   *
   * @throws RangeError for an id that is not in the index; otherwise as `search`
   */
  related(id: string, options: SearchOptions = {}): SearchResult[] {
    checkId('`id`', id);
    checkSearchOptions('related', options);
    const vector = this.vector(id);
    if (!vector) throw new RangeError(`The index has no entry with the id ${quote(id)}`);
    const passes = predicateOf(options.filter);
    const filter = (metadata: Metadata, other: string) =>
      other !== id && (passes === undefined || passes(metadata, other));
    return this.search(vector, { ...options, filter });
  }

  /**
   * A new index with the same ids, metadata and texts, and vectors by another model: for an index that
   * is refused because another model made it. This one stays as it is.
   *
   * @param model a `WorkerModel`, a `WasmModel` or something like them
   * @throws TypeError for what is not a model; EdgeBertError `state` where an entry has no text;
   * `options.signal.reason` when that aborts; whatever the model throws
   */
  async reembed(model: EmbeddingModel, options: ReembedOptions = {}): Promise<SearchIndex> {
    checkReembed(model, options);
    const create = (settings: SearchIndexOptions) => new SearchIndex(settings);
    return reembedded(this.#entries.at(), this.precision, model, options, create);
  }

  /** `toBytes()`, by its name in version 0.1.0. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.toBytes();
  }

  /**
   * The whole index as a file, for `fromBytes`. A vector takes `dimension` bytes in it with int8, and
   * four times as many with f32.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { rows } = this.#entries;
    const plans = [...planSegments(this.#entries.at(), [], rows.elementBytes)];
    const header = writeIndexHeader(this.#header);
    const bytes = new Uint8Array(plans.reduce((sum, plan) => sum + plan.bytes, header.length));
    bytes.set(header);
    let end = header.length;
    for (const plan of plans) end = writeSegment(plan, bytes, end, rows);
    return bytes;
  }

  /**
   * What `toBytes` gives, part by part, so that the file is never in memory as a whole.
   *
   * @internal
   */
  *parts(): Generator<Bytes> {
    yield writeIndexHeader(this.#header);
    for (const { bytes } of segmentsOf(this.#entries.at(), [], this.#entries.rows)) yield bytes;
  }

  /**
   * The index that `toBytes` gave.
   *
   * @param expected what the index must be
   * @throws EdgeBertError `format`, naming what is wrong with the file; `state` where it is an index
   * of another model or dimension, or there is no memory for it
   */
  static fromBytes(bytes: Uint8Array | ArrayBuffer, expected: IndexExpectation = {}): SearchIndex {
    const file = alignedFile(bytes);
    checkExpectation('fromBytes', expected);
    const { header, length } = readIndexHeader(file);
    const known = checkExpected('The index', header, expected);
    return SearchIndex.#from('The index file', known, [file.subarray(length)]);
  }

  /**
   * Throws as `fromBytes` does, so far as the beginning of the file tells.
   *
   * @internal
   */
  static checkBytes(bytes: Uint8Array | ArrayBuffer): void {
    readIndexHeader(alignedFile(bytes));
  }

  /**
   * The index of a file that `toBytes` gave and a server has. It is read while it arrives, and a connection
   * that breaks is resumed.
   *
   * In browsers it is cached in IndexedDB, under its address without the query: `list` shows it there and
   * `delete` removes it. The next call asks the server first whether the file has changed (ETag,
   * Last-Modified), and downloads it only if it has. Without an answer the cached index is used, and
   * `onWarning` is told. Elsewhere, and with `file:` addresses, nothing is cached.
   *
   * @param url may be relative to the page; outside of browsers, a path
   * @throws EdgeBertError `network` for a file that can't be reached and is not cached; `format` or
   * `integrity` for one that is damaged or no index; `state` for an index of another model or dimension
   * than `options` ask for; `options.signal.reason` when that aborts
   */
  static async fetch(url: string | URL, options: IndexFetchOptions = {}): Promise<SearchIndex> {
    checkFetchOptions(url, options);
    const { fetchIndex } = await lazy(() => import('../saved/fetch-index.js'));
    const expected = { model: options.model, dimension: options.dimension };
    const address = absoluteUrl(url, 'url');
    return fetchIndex(
      address,
      options,
      (header) => SearchIndex.begin(checkExpected(address, header, expected)),
      (name) => SearchIndex.open(name, expected),
    );
  }

  /**
   * An empty index of the kind that a header tells.
   *
   * @internal
   */
  static begin({ model: name, fingerprint, dimension, precision }: IndexHeader): SearchIndex {
    const model = name === undefined && fingerprint === undefined ? undefined : { name, fingerprint };
    return new SearchIndex({ dimension, precision, model });
  }

  /**
   * Makes the changes of one segment or more, one after the other.
   *
   * @internal
   * @throws EdgeBertError `format`
   */
  fill(segments: Bytes, what = 'The index file'): void {
    const { elementBytes } = this.#entries.rows;
    for (let at = 0; at < segments.length;) {
      const { segment, length } = readSegment(segments.subarray(at), elementBytes, what);
      const right = this.#entries.apply(segment);
      if (right < segment.ids.length) {
        const id = JSON.stringify(segment.ids[right]);
        throw new EdgeBertError('format', `${what}: the vector of ${id} is zero or not finite`);
      }
      at += length;
    }
  }

  /** An index from segments, and what it has to be in the end. */
  static #from(what: string, header: IndexHeader, parts: readonly Bytes[]): SearchIndex {
    const index = SearchIndex.begin(header);
    for (const part of parts) index.fill(part, what);
    if (index.size !== header.size) {
      const problem = `it says that it has ${header.size} vectors, and ${index.size} ids are there`;
      throw new EdgeBertError('format', `${what}: ${problem}`);
    }
    return index;
  }

  /**
   * Keeps the index in IndexedDB, where `open` finds it. What was opened or saved before under this
   * name is brought up to date: only what changed is written. Any other index of this name is
   * replaced. A tab that is closed meanwhile leaves the earlier state whole. Changes made before the
   * promise resolves may or may not be in it, and are then written by the next save.
   *
   * @throws EdgeBertError `quota` where the browser gives no room; `state` where the index was saved
   * or deleted from elsewhere since it was opened here, or IndexedDB can't be used; `unsupported`
   * without one. What was saved before is still there, and the next save tries all of it again.
   * What was deleted only comes back as a copy, such as `SearchIndex.fromBytes(index.toBytes())`.
   */
  async save(name: string): Promise<void> {
    checkId('The name of an index', name);
    await this.#saver.save(name);
  }

  /**
   * The index that was saved under a name.
   *
   * @param expected what the index must be
   * @throws EdgeBertError `state` where there is none, or one of another model or dimension, or
   * IndexedDB can't be used; `format` where it is damaged; `unsupported` without IndexedDB
   */
  static async open(name: string, expected: IndexExpectation = {}): Promise<SearchIndex> {
    checkId('The name of an index', name);
    checkExpectation('open', expected);
    const { header, generation, parts, origin } = await readIndex(name);
    const what = `The saved index ${JSON.stringify(name)}`;
    const known = checkExpected(what, header, expected);
    const index = SearchIndex.#from(what, known, parts.map(alignedFile));
    index.#saver.noteOpened(name, generation);
    index.origin = origin;
    return index;
  }

  /** Deletes what was saved under a name; nothing happens where there is none. */
  static async delete(name: string): Promise<void> {
    checkId('The name of an index', name);
    await deleteIndex(name);
  }

  /** What is saved on this site. */
  static async list(): Promise<SavedIndexInfo[]> {
    return (await listIndexes()).map(({ name, model, dimension, precision, size, saved }) => ({
      name,
      model,
      dimension,
      precision,
      size,
      saved: new Date(saved),
    }));
  }

  get #header(): IndexHeader {
    const { model, fingerprint, dimension, precision, size } = this;
    return { model, fingerprint, dimension, precision, size };
  }

  #checkIdle(): void {
    if (!this.#searching) return;
    throw new EdgeBertError('state', 'A filter can neither search the index that it filters nor change it');
  }
}
