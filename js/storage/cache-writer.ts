import { EdgeBertError, messageOf } from '../shared/errors.js';

import { isQuota } from './idb.js';
import { makeRoom, nameOf, type ModelStore, type StoredModel } from './model-store.js';
import type { Bytes } from '../shared/types.js';

/**
 * Writes a model to the store while it is being read. A store that fails ends the keeping, with
 * one warning, and never the reading.
 */
export class CacheWriter {
  readonly #key: string;
  readonly #onWarning: (warning: EdgeBertError) => void;
  #store: ModelStore | undefined;

  constructor(store: ModelStore | undefined, key: string, onWarning: (warning: EdgeBertError) => void) {
    this.#store = store;
    this.#key = key;
    this.#onWarning = onWarning;
  }

  /** Whether what is written is still being kept. */
  get active(): boolean {
    return this.#store !== undefined;
  }

  /** Drops what an earlier visit began. */
  async startOver(): Promise<void> {
    await this.#attempt((store) => store.delete(this.#key));
  }

  /** Resolves once the piece is kept, or can't be. */
  async write(index: number, piece: Bytes): Promise<void> {
    await this.#attempt(async (store) => {
      for (;;) {
        try {
          return await store.write(this.#key, index, piece);
        } catch (error) {
          if (!isQuota(error) || !(await makeRoom(store, this.#key))) throw error;
        }
      }
    });
  }

  /** Makes the pieces a model that the next visit finds. */
  async complete(model: StoredModel): Promise<void> {
    await this.#attempt(async (store) => {
      if (await store.complete(model)) return;
      throw new EdgeBertError('state', 'a part of the model was removed while it was being written');
    });
  }

  async #attempt(work: (store: ModelStore) => Promise<void>): Promise<void> {
    const store = this.#store;
    if (!store) return;
    try {
      await work(store);
    } catch (error) {
      this.#store = undefined;
      const quota = isQuota(error);
      // A part that can't become whole would only take room.
      if (quota) await store.delete(this.#key).catch(() => {});
      const reason = quota ? 'the browser gives no more room' : messageOf(error);
      this.#onWarning(
        new EdgeBertError(
          quota ? 'quota' : 'state',
          `The model ${nameOf(this.#key)} was not kept for the next visit: ${reason}`,
          { cause: error },
        ),
      );
    }
  }
}
