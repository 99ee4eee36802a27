import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { EdgeBertError } from '../shared/errors.js';

import { isQuota, openWithin } from './idb.js';
import { asStoredModel, type ModelStore, type PieceStream, type StoredModel } from './model-store.js';
import { asModelFile, pieceOf, streamOf, type ModelFile } from './model-file.js';
import { readAhead } from './read-ahead.js';
import type { Bytes } from '../shared/types.js';

const DATABASE = 'edgebert';
const VERSION = 1;
const STORES = ['models', 'pieces'];
/** In place of a piece's number: the file of a complete model. */
const FILE = -1;
/** The largest file that is joined: copying more would keep the disk busy for seconds. */
const LARGEST_FILE = 256 * 2 ** 20;

interface Schema extends DBSchema {
  /** Whatever is stored there is checked before it is used. */
  models: { key: string; value: unknown };
  pieces: { key: [model: string, index: number]; value: unknown };
}

type Database = IDBPDatabase<Schema>;

/**
 * Models in IndexedDB. While a model is downloaded, each piece is a record with a transaction of its own, so
 * that a closed tab loses at most one. Once it is complete, they are joined into one record with the whole
 * file, which is read as one stream. A piece that stands beside the file is newer than the file's own.
 *
 * Pieces and files are kept as Blobs: arrays of bytes are copied through the database's own process.
 * Chromium reads 24 MB of arrays in 150 ms, of 24 Blobs in 77, of one Blob in a third of that. Arrays are
 * read as well: earlier versions wrote them, and some private windows can't keep Blobs.
 */
export class IndexedDbStore implements ModelStore {
  #database: Database | undefined;
  #keepsBlobs = true;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** @throws the browser's reason for refusing the database. */
  static async open(): Promise<IndexedDbStore> {
    const store = await IndexedDbStore.#connect();
    const there = [...store.#open.objectStoreNames] as string[];
    if (STORES.every((name) => there.includes(name))) return store;
    // Another program's database, or the remains of one: nothing in it is worth keeping.
    store.close();
    await deleteDB(DATABASE);
    return IndexedDbStore.#connect();
  }

  static async #connect(): Promise<IndexedDbStore> {
    let store: IndexedDbStore | undefined;
    // Another tab may want to delete the database, or to upgrade it.
    const letGo = () => store?.close();
    const opening = openDB<Schema>(DATABASE, VERSION, {
      upgrade(database) {
        database.createObjectStore('models', { keyPath: 'key' });
        database.createObjectStore('pieces');
      },
      blocking: letGo,
      terminated: letGo,
    });
    store = new IndexedDbStore(await openWithin(opening));
    return store;
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  async find(key: string): Promise<StoredModel | undefined> {
    return asStoredModel(await this.#open.get('models', key));
  }

  async read(key: string, index: number): Promise<Bytes | undefined> {
    const piece: unknown = await this.#open.get('pieces', [key, index]);
    if (piece instanceof Uint8Array) return piece as Bytes;
    const file = asModelFile(piece === undefined && (await this.#open.get('pieces', [key, FILE])));
    const blob = file ? pieceOf(file, index) : piece;
    return blob instanceof Blob ? new Uint8Array(await blob.arrayBuffer()) : undefined;
  }

  async *pieces({ key, hashes }: StoredModel): PieceStream {
    const [file, apart] = await Promise.all([
      this.#open.get('pieces', [key, FILE]).then(asModelFile),
      this.#open.count('pieces', piecesOf(key)),
    ]);
    const stream = file && apart === 0 ? streamOf(file) : undefined;
    yield* stream ?? readAhead(hashes.length, (index) => this.read(key, index));
  }

  async write(key: string, index: number, piece: Bytes): Promise<void> {
    if (this.#keepsBlobs) {
      try {
        return await this.#put(key, index, new Blob([piece]));
      } catch (error) {
        if (isQuota(error)) throw error;
        this.#keepsBlobs = false;
      }
    }
    await this.#put(key, index, piece);
  }

  async #put(key: string, index: number, piece: Bytes | Blob): Promise<void> {
    const transaction = this.#open.transaction('pieces', 'readwrite', { durability: 'relaxed' });
    await Promise.all([transaction.store.put(piece, [key, index]), transaction.done]);
  }

  async complete(model: StoredModel): Promise<boolean> {
    const transaction = this.#open.transaction(['models', 'pieces'], 'readwrite', {
      durability: 'strict',
    });
    const pieces = transaction.objectStore('pieces');
    const file = asModelFile(await pieces.get([model.key, FILE]));
    const count = file?.lengths.length ?? (await pieces.count(piecesOf(model.key)));
    const whole = count === model.hashes.length;
    if (whole) await transaction.objectStore('models').put(model);
    await transaction.done;
    return whole;
  }

  /** One transaction: the pieces stay what they were until the file is written, and wherever it can't be. */
  async settle({ key, bytes, hashes }: StoredModel): Promise<void> {
    if (bytes > LARGEST_FILE) return;
    const transaction = this.#open.transaction('pieces', 'readwrite', { durability: 'relaxed' });
    const { store } = transaction;
    const keys = await store.getAllKeys(piecesOf(key));
    // Arrays stay, and are not all read to find that out.
    if (keys[0] && (await store.get(keys[0])) instanceof Blob) {
      const [pieces, before] = await Promise.all([
        store.getAll(piecesOf(key)),
        store.get([key, FILE]).then(asModelFile),
      ]);
      const apart = new Map(keys.map(([, number], place) => [number, pieces[place]]));
      const parts = hashes.map((_, index) => apart.get(index) ?? (before && pieceOf(before, index)));
      if (parts.every((part) => part instanceof Blob)) {
        const file: ModelFile = { blob: new Blob(parts), lengths: parts.map(({ size }) => size) };
        // First the file: if it is refused at once, there is nothing to undo.
        await Promise.all([store.put(file, [key, FILE]), store.delete(piecesOf(key))]);
      }
    }
    await transaction.done;
  }

  async update(key: string, change: (model: StoredModel) => StoredModel): Promise<void> {
    const transaction = this.#open.transaction('models', 'readwrite', { durability: 'relaxed' });
    const model = asStoredModel(await transaction.store.get(key));
    if (model) await transaction.store.put(change(model));
    await transaction.done;
  }

  async touch(key: string): Promise<void> {
    await this.update(key, (model) => ({ ...model, lastUsed: Date.now() }));
  }

  async list(): Promise<StoredModel[]> {
    return (await this.#open.getAll('models')).map(asStoredModel).filter((model) => model !== undefined);
  }

  async delete(key: string): Promise<void> {
    const transaction = this.#open.transaction(['models', 'pieces'], 'readwrite');
    await Promise.all([
      transaction.objectStore('models').delete(key),
      transaction.objectStore('pieces').delete(allOf(key)),
      transaction.done,
    ]);
  }

  async keys(): Promise<string[]> {
    const transaction = this.#open.transaction(['models', 'pieces']);
    const keys = new Set(await transaction.objectStore('models').getAllKeys());
    // Skips from each model's first piece to the next model's.
    let cursor = await transaction.objectStore('pieces').openKeyCursor();
    while (cursor) {
      const [key] = cursor.key;
      keys.add(key);
      cursor = await cursor.continue([key, Infinity]);
    }
    return [...keys];
  }

  get #open(): Database {
    if (!this.#database) {
      throw new EdgeBertError('state', 'the cache was deleted or upgraded while it was in use');
    }
    return this.#database;
  }
}

function piecesOf(key: string): IDBKeyRange {
  return IDBKeyRange.bound([key, 0], [key, Infinity]);
}

/** The pieces and the file. */
function allOf(key: string): IDBKeyRange {
  return IDBKeyRange.bound([key], [key, Infinity]);
}
