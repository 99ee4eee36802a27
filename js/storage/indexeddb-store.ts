import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { EdgeBertError } from '../shared/errors.js';

import { isQuota, openWithin } from './idb.js';
import { asStoredModel, type ModelStore, type StoredModel } from './model-store.js';
import type { Bytes } from '../shared/types.js';

const DATABASE = 'edgebert';
const VERSION = 1;
const STORES = ['models', 'pieces'];

interface Schema extends DBSchema {
  /** Whatever is stored there is checked before it is used. */
  models: { key: string; value: unknown };
  pieces: { key: [model: string, index: number]; value: unknown };
}

type Database = IDBPDatabase<Schema>;

/**
 * Models in IndexedDB. Each piece is a record, so that no value is larger than one piece, and has a
 * transaction, so that a closed tab loses at most one.
 *
 * Pieces are kept as Blobs: Chromium reads 24 MB of them in half the time that it takes for arrays of bytes
 * (77 against 150 ms), which it copies through the database's own process. Arrays are read as well: earlier
 * versions wrote them, and some private windows can't keep Blobs.
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
    if (piece instanceof Blob) return new Uint8Array(await piece.arrayBuffer());
    return piece instanceof Uint8Array ? (piece as Bytes) : undefined;
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
    const pieces = await transaction.objectStore('pieces').count(piecesOf(model.key));
    const whole = pieces === model.hashes.length;
    if (whole) await transaction.objectStore('models').put(model);
    await transaction.done;
    return whole;
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
      transaction.objectStore('pieces').delete(piecesOf(key)),
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
  return IDBKeyRange.bound([key], [key, Infinity]);
}
