import type { KnownModel } from '../loading/registry.js';
import { versionOf } from '../loading/registry-source.js';
import { openStore } from './open-store.js';
import { keyOf, nameOf, type ModelStore } from './model-store.js';
import type { Precision } from '../shared/types.js';

/** A model that is kept for the next visit. */
export interface CachedModel {
  readonly name: string;
  readonly version: string;
  readonly precision: Precision;
  /** What it takes up. */
  readonly bytes: number;
  readonly lastUsed: Date;
}

/** How much room the cache takes, and how much the browser gives to all of this site's data. */
export interface CacheEstimate {
  /** Bytes of the models that are kept. */
  readonly bytes: number;
  /** Bytes of all that this site keeps; undefined where the browser doesn't say. */
  readonly usage: number | undefined;
  /** Bytes that this site may keep; undefined where the browser doesn't say. */
  readonly quota: number | undefined;
}

/**
 * The models that are kept for the next visit: in IndexedDB on pages, in the platform's cache
 * folder under Node, Deno and Bun. Where neither can be had, the cache is simply empty.
 */
export const cache = Object.freeze({
  /** The models that are here whole, the one used last first. */
  async list(): Promise<CachedModel[]> {
    const models = await withStore((store) => store.list(), []);
    return models
      .map(({ name, version, precision, bytes, lastUsed }) => {
        return { name, version, precision, bytes, lastUsed: new Date(lastUsed) };
      })
      .sort((one, other) => other.lastUsed.getTime() - one.lastUsed.getTime());
  },

  /** Whether the next load of this model will need no network. */
  async has(model: KnownModel, options: { precision?: Precision } = {}): Promise<boolean> {
    const key = keyOf(model.name, versionOf(model, options.precision ?? 'int8'));
    return withStore(async (store) => (await store.find(key)) !== undefined, false);
  },

  /** Drops all versions of a model, and what there is of interrupted downloads of it. */
  async delete(model: KnownModel | string): Promise<void> {
    const name = typeof model === 'string' ? model : model.name;
    await deleteWhere((key) => nameOf(key) === name);
  },

  /** Drops everything. */
  async clear(): Promise<void> {
    await deleteWhere(() => true);
  },

  /**
   * Asks the browser not to drop this site's data when it runs short of room. Some browsers ask
   * the person. Returns whether the data is safe from now on.
   */
  async persist(): Promise<boolean> {
    return (await globalThis.navigator?.storage?.persist?.()) ?? false;
  },

  async estimate(): Promise<CacheEstimate> {
    const models = await withStore((store) => store.list(), []);
    const storage = await globalThis.navigator?.storage?.estimate?.();
    return {
      bytes: models.reduce((sum, model) => sum + model.bytes, 0),
      usage: storage?.usage,
      quota: storage?.quota,
    };
  },
});

async function deleteWhere(matches: (key: string) => boolean): Promise<void> {
  await withStore(async (store) => {
    for (const key of await store.keys()) if (matches(key)) await store.delete(key);
  }, undefined);
}

/** Uses the store, or gives `otherwise` where there is none. */
async function withStore<T>(use: (store: ModelStore) => Promise<T>, otherwise: T): Promise<T> {
  const store = await openStore().catch(() => undefined);
  if (!store) return otherwise;
  try {
    return await use(store);
  } finally {
    store.close();
  }
}
