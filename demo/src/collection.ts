import { EdgeBertError, SearchIndex } from 'edgebert';
import indexUrl from '../collection/wordnet.index?url';
import mapUrl from '../collection/wordnet.map?url';
import { keepOnly, keptFile } from './kept';
import type { Part } from './loading';

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
}

/** WordNet's words, found by what they mean. */
export class Collection {
  readonly size: number;
  /** Size of the index file. */
  readonly bytes: number;
  /** Two numbers from 0 to 1 for each entry: its place on the map. */
  readonly positions: Float32Array;
  /** The number of each entry's lexicographer file. */
  readonly fields: Uint8Array;
  readonly #index: SearchIndex;
  readonly #ids: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  private constructor(index: SearchIndex, bytes: number, map: Uint8Array) {
    this.#index = index;
    this.#ids = [...index.ids()];
    this.#places = new Map(this.#ids.map((id, place) => [id, place]));
    this.size = index.size;
    this.bytes = bytes;
    if (map.length !== 5 * this.size)
      throw new Error(`The map of the words has ${map.length} bytes, where ${5 * this.size} belong`);
    const places = new DataView(map.buffer, map.byteOffset);
    this.positions = Float32Array.from(
      { length: 2 * this.size },
      (_, i) => places.getUint16(2 * i, true) / 0xffff,
    );
    this.fields = map.subarray(4 * this.size);
  }

  static async load(onProgress: (part: Part) => void, signal: AbortSignal): Promise<Collection> {
    void keepOnly([indexUrl, mapUrl]).catch(() => {});
    const files = await Promise.all([
      keptFile(indexUrl, onProgress, signal),
      keptFile(mapUrl, () => {}, signal),
    ]);
    const [{ bytes }, map] = files;
    try {
      const collection = new Collection(SearchIndex.fromBytes(bytes), bytes.length, map.bytes);
      for (const file of files) file.keep();
      return collection;
    } catch (error) {
      await Promise.all(files.map((file) => file.drop()));
      const problem = 'Something else came in place of the words, such as a network’s page to log in.';
      throw new EdgeBertError('integrity', problem, { cause: error });
    }
  }

  /** One entry; reading all of them beforehand would hold up the page. */
  entry(index: number): Entry {
    const id = this.#ids[index]!;
    return { id, ...(this.#index.get(id)!.metadata as Omit<Entry, 'id'>) };
  }

  /** The entries whose definitions are nearest, the nearest first. */
  search(vector: Float32Array, topK: number): Hit[] {
    return this.#index
      .search(vector, { topK })
      .map(({ id, score }) => ({ index: this.#places.get(id)!, score }));
  }
}
