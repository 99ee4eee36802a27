import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { Bytes } from '../shared/types.js';
import { dropReplaced, evict, makeRoom } from './eviction.js';
import { isQuota } from './idb.js';
import { nameOf, type ModelStore, type StoredModel } from './model-store.js';

/**
 * Writes a model to the store while it is being loaded. If the store fails, what was written is
 * removed and a warning is given once; the load continues.
 */
export class CacheWriter {
  readonly #onWarning: (warning: EdgeBertError) => void;
  #store: ModelStore | undefined;

  constructor(store: ModelStore | undefined, onWarning: (warning: EdgeBertError) => void) {
    this.#store = store;
    this.#onWarning = onWarning;
  }

  /** Whether what is written is still being stored. */
  get active(): boolean {
    return this.#store !== undefined;
  }

  /** Removes what is stored under the key, complete or not. */
  async discard(key: string): Promise<void> {
    await this.#attempt(key, (store) => store.delete(key));
  }

  /** Resolves once the piece is stored, or can't be. */
  async write(key: string, index: number, piece: Bytes): Promise<void> {
    await this.#attempt(key, async (store) => {
      for (;;) {
        try {
          return await store.write(key, index, piece);
        } catch (error) {
          if (!isQuota(error) || !(await makeRoom(store, key))) throw error;
        }
      }
    });
  }

  /** Makes the pieces a model that the next visit finds, and removes what it replaces. */
  async complete(model: StoredModel): Promise<void> {
    await this.#attempt(model.key, async (store) => {
      if (await store.complete(model)) return;
      throw new EdgeBertError('state', 'a part of the model was removed while it was being written');
    });
    const store = this.#store;
    if (!store) return;
    // The model is stored: what can't be done now will be by a later load.
    await dropReplaced(store, model).catch(() => {});
    await evict(store, model.key).catch(() => {});
    // Nobody waits for the copy: the next visit makes it, if this one ends before.
    void store.settle(model).catch(() => {});
  }

  async #attempt(key: string, work: (store: ModelStore) => Promise<void>): Promise<void> {
    const store = this.#store;
    if (!store) return;
    try {
      await work(store);
    } catch (error) {
      this.#store = undefined;
      // A part that can't be completed would only take room.
      await store.delete(key).catch(() => {});
      const quota = isQuota(error);
      const reason = quota ? 'there is no room left' : messageOf(error);
      this.#onWarning(
        new EdgeBertError(quota ? 'quota' : 'state', `The model ${nameOf(key)} was not cached: ${reason}`, {
          cause: error,
        }),
      );
    }
  }
}
