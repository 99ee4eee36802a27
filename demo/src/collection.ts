import { SearchIndex, type WorkerModel } from 'edgebert';
import indexUrl from '../collection/wordnet.index?url';
import { findWords } from './code/words';
import { wrongFile } from './fetched';
import { keepOnly, keptFile } from './kept';
import type { Part } from './loading';
import { mapUrl } from './places';

/** A synset of WordNet. */
export interface Entry {
  readonly id: string;
  readonly words: readonly string[];
  readonly definition: string;
  /** Its lexicographer file, such as `noun.feeling`. */
  readonly field: string;
}

/** An entry, and the cosine of its definition and the query. */
export interface Hit {
  /** The entry's number in the collection. */
  readonly index: number;
  readonly score: number;
  /** Whether the query is one of the entry's own words. */
  readonly isExact?: boolean;
}

/** WordNet's words, found by what they mean. */
export class Collection {
  readonly size: number;
  /** Size of the index file. */
  readonly bytes: number;
  readonly #index: SearchIndex;
  readonly #ids: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  private constructor(bytes: Uint8Array) {
    this.#index = SearchIndex.fromBytes(bytes);
    this.#ids = [...this.#index.ids()];
    this.#places = new Map(this.#ids.map((id, place) => [id, place]));
    this.size = this.#index.size;
    this.bytes = bytes.length;
  }

  static async load(onProgress: (part: Part) => void, signal: AbortSignal): Promise<Collection> {
    void keepOnly([indexUrl, mapUrl]).catch(() => {});
    const file = await keptFile(indexUrl, onProgress, signal);
    try {
      const collection = new Collection(file.bytes);
      file.keep();
      return collection;
    } catch (error) {
      await file.drop();
      throw wrongFile('the words', error);
    }
  }

  /** Whether an earlier visit has left the words here. */
  static isKept(): Promise<boolean> {
    return keptFile.has(indexUrl);
  }

  /** One entry; reading all of them beforehand would hold up the page. */
  entry(index: number): Entry {
    const id = this.#ids[index]!;
    return { id, ...(this.#index.get(id)!.metadata as Omit<Entry, 'id'>) };
  }

  /** The entries whose definitions are nearest to a description, the nearest first, and what it took. */
  async find(
    model: WorkerModel,
    description: string,
    signal: AbortSignal,
  ): Promise<{ hits: Hit[]; encoded: number }> {
    const { found, encoded } = await findWords(model, this.#index, description, signal);
    return { hits: found.map(({ id, score }) => ({ index: this.#places.get(id)!, score })), encoded };
  }
}
