import { abortable, throwIfAborted } from '../../shared/abort.js';
import { asyncDispose, defineMethod } from '../../shared/dispose.js';
import { EdgeBertError } from '../../shared/errors.js';
import { checkText } from '../../shared/checks.js';
import { MiniLML6V2 } from '../../loading/registry.js';
import { WorkerModel } from '../../models/worker-model.js';
import type { WorkerLoadOptions } from '../../workers/types.js';
import {
  checkAddOptions,
  checkName,
  checkOpenOptions,
  checkPreparedOptions,
  checkQueryOptions,
} from './options.js';
import { DocumentStore } from './document-store.js';
import { addDocuments } from './add-documents.js';
import { checkedDocuments, named } from './documents.js';
import { cloneMetadata } from '../index/checks.js';
import { predicateOf } from '../index/filter.js';
import { DEFAULT_ALPHA } from '../index/fusion.js';
import { boundOf, openDocuments } from './open-documents.js';
import { placeOf, type Passages } from './passages.js';
import { readPrepared } from './prepared.js';
import { SearchIndex } from '../index/search-index.js';
import { identityOf, isSameModel, nameModel } from '../saved/index-file.js';
import { Embedder } from './embedder.js';
import type {
  AddOptions,
  AddSummary,
  PreparedSearchOptions,
  SearchDocument,
  SemanticSearchOptions,
  SemanticSearchQueryOptions,
  SemanticSearchResult,
} from './types.js';
import type { Metadata, SearchResult } from '../index/types.js';

/** More passages than there can be. */
const ENOUGH = 2 ** 32;
const NONE: Metadata = Object.freeze({});
/** Sets its indexes apart from those that a program keeps itself. */
const PREFIX = 'SemanticSearch/';

/**
 * Documents that are found by what they mean: cut into passages, encoded in workers, kept in
 * IndexedDB for the next visit. Changes are made one after the other, in the order of the calls;
 * searches go on meanwhile and see whole documents only.
 */
export class SemanticSearch {
  readonly #embedder: Embedder;
  /** Loaded by `open`, so `close` ends it. */
  readonly #ownModel: WorkerModel | undefined;
  readonly #store: DocumentStore;
  #changes: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** `close`, for `await using search = …`. */
  declare readonly [asyncDispose]: () => Promise<void>;

  private constructor(embedder: Embedder, ownModel: WorkerModel | undefined, store: DocumentStore) {
    if (!(store instanceof DocumentStore)) {
      throw new TypeError('SemanticSearch has no constructor: write `await SemanticSearch.open(name)`');
    }
    this.#embedder = embedder;
    this.#ownModel = ownModel;
    this.#store = store;
    defineMethod(this, asyncDispose, () => this.close());
  }

  /**
   * Opens the documents that are kept under a name, or begins with none, or with those that were
   * prepared at the address `options.from`. Where nothing can be kept, as under Node or in some private
   * windows, they are in memory only.
   *
   * @throws TypeError or RangeError for options that make no sense; EdgeBertError `state` where another model
   * encoded them (see `rebuild`); `network`, `format`, `integrity` where the prepared documents can't be
   * loaded and none of them are kept; whatever loading a model throws; `options.signal.reason` when that
   * aborts
   */
  static async open(name: string, options: SemanticSearchOptions = {}): Promise<SemanticSearch> {
    checkName(name);
    const load = checkOpenOptions(options);
    return SemanticSearch.#with(options, load, (embedder) =>
      openDocuments(name, PREFIX + name, embedder, options),
    );
  }

  /**
   * The documents that `toBytes` or `edgebert index --documents` gave, in memory: nothing is kept for the
   * next visit. Only queries are encoded.
   *
   * @throws EdgeBertError `format` for bytes that hold no documents; `state` where another model encoded
   * them; whatever loading a model throws; `options.signal.reason` when that aborts
   */
  static async fromBytes(
    bytes: Uint8Array | ArrayBuffer,
    options: PreparedSearchOptions = {},
  ): Promise<SemanticSearch> {
    const load = checkPreparedOptions(options);
    // Before a model is loaded for nothing.
    SearchIndex.checkBytes(bytes);
    return SemanticSearch.#with(options, load, async (embedder) => {
      const bound = boundOf(embedder);
      return new DocumentStore(undefined, bound, readPrepared(bytes, bound));
    });
  }

  static async #with(
    { model, signal }: PreparedSearchOptions,
    load: WorkerLoadOptions,
    store: (embedder: Embedder) => Promise<DocumentStore>,
  ): Promise<SemanticSearch> {
    const ownModel = model ? undefined : await WorkerModel.from_type(MiniLML6V2, load);
    try {
      const embedder = new Embedder(model ?? ownModel!);
      return new SemanticSearch(embedder, ownModel, await abortable(store(embedder), signal));
    } catch (error) {
      ownModel?.terminate();
      throw error;
    }
  }

  /** Deletes what is kept under a name; nothing happens where there is nothing. */
  static async delete(name: string): Promise<void> {
    checkName(name);
    if (typeof indexedDB !== 'undefined') await SearchIndex.delete(PREFIX + name);
  }

  /** How many documents there are. */
  get size(): number {
    return this.#store.passages.size;
  }

  /** Whether the documents are kept for the next visit. */
  get persistent(): boolean {
    return this.#store.persistent;
  }

  /** Whether there is a document with this id. */
  has(id: string): boolean {
    return this.#store.passages.entry(id) !== undefined;
  }

  /** A document as it was added. */
  get(id: string): SearchDocument | undefined {
    return this.#store.passages.document(id);
  }

  /** All documents, in the order in which they were added. */
  documents(): SearchDocument[] {
    const { passages } = this.#store;
    return Array.from(passages.ids(), (id) => passages.document(id)!);
  }

  /**
   * All documents as one file, with their passages and vectors, for `fromBytes`, or for a server that
   * `open` is pointed to with `from`. It is bound to the model that encoded them.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#store.passages.index.toBytes();
  }

  /**
   * What `toBytes` gives, part by part.
   *
   * @internal
   */
  parts(): Iterable<Uint8Array<ArrayBuffer>> {
    return this.#store.passages.index.parts();
  }

  /**
   * Adds documents; each replaces the one with the same id. Only passages that are new are encoded, and
   * finished documents are saved every few seconds: after an abort or a closed tab, the same call continues
   * after them. A document that was not finished, however long, starts again from its beginning.
   *
   * @param documents strings, or objects with an `id` and a `text`. Of several with one id the last
   * one counts. Those with a `vector`, or `passages` with theirs, are not encoded.
   * @throws TypeError for what are not documents; RangeError for a ready vector of another dimension, one
   * that is zero or not finite, or passages out of order; EdgeBertError `state` where `options.model` is
   * not the model of this search, `quota` where the browser gives no room; `options.signal.reason` when that
   * aborts; whatever the model throws
   */
  async add(documents: readonly (string | SearchDocument)[], options: AddOptions = {}): Promise<AddSummary> {
    const given = checkedDocuments(documents, this.#embedder.dimension);
    checkAddOptions(options);
    this.#checkModel(options);
    return this.#change(options.signal, async () =>
      addDocuments(this.#store, this.#embedder, await named(given), options),
    );
  }

  /**
   * Removes a document, or several.
   *
   * @returns how many of them there were
   * @throws TypeError for an id that is not a string; EdgeBertError `state` after `close`, or where the
   * documents could not be saved
   */
  async remove(ids: string | readonly string[]): Promise<number> {
    const list = Array.isArray(ids) ? [...ids] : [ids];
    list.forEach((id) => checkText('remove', id));
    return this.#change(undefined, async () => {
      let removed = 0;
      await this.#store.commit((passages) => (removed = list.filter((id) => passages.remove(id)).length));
      return removed;
    });
  }

  /** Removes all documents. Throws as `remove` does. */
  async clear(): Promise<void> {
    await this.#change(undefined, () => this.#store.commit((passages) => passages.clear()));
  }

  /**
   * The documents that answer a query best, by meaning and by words (see `alpha`), each with its best
   * passage, or with more of them (see `passagesPerDocument`). A query without any words finds nothing. The
   * first search by words reads all texts, about 100,000 short ones in a second.
   *
   * @throws TypeError or RangeError for options that make no sense; EdgeBertError `state` after `close`;
   * `options.signal.reason` when that aborts; whatever the model throws
   */
  async search(query: string, options: SemanticSearchQueryOptions = {}): Promise<SemanticSearchResult[]> {
    const { topK = 10, passagesPerDocument = 1, filter, minScore, alpha = DEFAULT_ALPHA, signal } = options;
    checkText('search', query);
    checkQueryOptions(options);
    const predicate = predicateOf(filter);
    throwIfAborted(signal);
    this.#checkOpen();
    if (query.trim() === '') return [];
    const vector = alpha === 0 ? undefined : await this.#embedder.query(query, signal);
    this.#checkOpen();

    const { passages } = this.#store;
    const accepted = new Map<string, boolean>();
    const accept = (_: Metadata, key: string): boolean => {
      const { id } = placeOf(key);
      let known = accepted.get(id);
      if (known === undefined) {
        known = predicate!(passages.entry(id)!.metadata ?? NONE, id);
        accepted.set(id, known);
      }
      return known;
    };
    // Several of the best passages may be of one document.
    for (let most = Math.min(4 * topK, ENOUGH); ; most *= 4) {
      const found = passages.index.search(
        { text: query, vector, alpha },
        { topK: most, minScore, ...(predicate && { filter: accept }) },
      );
      const results = bestOf(found, passages, topK, passagesPerDocument);
      if (results.length === topK || found.length < most) return results;
    }
  }

  /** Waits for the changes that are under way, and ends the model if `open` loaded it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#changes;
    this.#ownModel?.terminate();
  }

  /** `close`, under the name that all classes of this package have. */
  dispose(): Promise<void> {
    return this.close();
  }

  /** Runs `work` when all changes before it are over. An abort ends the waiting at once. */
  async #change<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    this.#checkOpen();
    const turn = this.#changes.then(() => {
      throwIfAborted(signal);
      return work();
    });
    this.#changes = turn.catch(() => {});
    return abortable(turn, signal);
  }

  #checkModel({ model }: AddOptions): void {
    const [given, own] = [identityOf(model), this.#embedder.identity];
    if (isSameModel(given, own)) return;
    throw new EdgeBertError(
      'state',
      `The ready vectors were made by ${nameModel(given)}, and this search is by ${nameModel(own)}: they can't ` +
        'be compared. Leave the vectors out, so that the texts are embedded.',
    );
  }

  #checkOpen(): void {
    if (this.#closed) throw new EdgeBertError('state', 'This search was closed. Open it again to use it.');
  }
}

/** The first passages of each document, with what there is to show of them. */
function bestOf(
  found: readonly SearchResult[],
  passages: Passages,
  topK: number,
  perDocument: number,
): SemanticSearchResult[] {
  const results: SemanticSearchResult[] = [];
  const counts = new Map<string, number>();
  for (const { id: key, score } of found) {
    if (results.length === topK) break;
    const { id, passage } = placeOf(key);
    const count = counts.get(id) ?? 0;
    if (count === perDocument) continue;
    const { text, heading, at } = passages.passage(id, passage);
    const { title, metadata } = passages.entry(id)!;
    const own = text.slice(heading);
    const shown = own.trim();
    // Nothing can be shown of it, and its vector means nothing.
    if (shown === '' && !title) continue;
    const start = shown === '' ? at : at + own.indexOf(shown);
    counts.set(id, count + 1);
    results.push({
      id,
      score,
      text: shown,
      start,
      end: start + shown.length,
      title,
      metadata: cloneMetadata(metadata),
    });
  }
  return results;
}
