import { checkOptions, isOneOf, wrongType } from '../shared/checks.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { Precision } from '../shared/types.js';
import { nameOf, versionOf, type ModelStore } from './model-store.js';
import { openStore } from './open-store.js';

/** A model that is cached for the next visit. */
export interface CachedModel {
  /** Its name in `WasmModelType`, its id on the hub, or its address without query. */
  readonly name: string;
  /** Tells apart the contents that a model of this name has had. */
  readonly version: string;
  /** `int8`, `compact` or `f32`. */
  readonly precision: Precision;
  /** SHA-256 that identifies the content; see `ModelInfo.fingerprint`. */
  readonly fingerprint: string;
  /** Size in the cache. */
  readonly bytes: number;
  /** When it was last loaded. */
  readonly lastUsed: Date;
}

/** How much room the cache takes, and how much the browser gives to all data of this site. */
export interface CacheEstimate {
  /** Bytes of the cached models. */
  readonly bytes: number;
  /** Bytes of everything that this site stores; undefined if the browser doesn't say. */
  readonly usage: number | undefined;
  /** Bytes that this site may store; undefined if the browser doesn't say. */
  readonly quota: number | undefined;
}

/** What identifies a model of the registry. */
interface NamedModel {
  readonly name: string;
  readonly packed?: { readonly headerSha256: string };
  readonly compact?: { readonly headerSha256: string };
  readonly checkpoint?: { readonly sha256: string };
}

/**
 * The models that are cached for the next visit: in IndexedDB in browsers, in the platform's cache
 * folder (or the one that EDGEBERT_CACHE names) under Node, Deno and Bun. If neither is available,
 * the cache is empty.
 *
 * A model that replaces another one, such as a new version from the same address, removes it. Above
 * 1 GiB in all, the models used longest ago are removed.
 *
 * Its methods reject with EdgeBertError `state` if the cache can't be read or written, and with TypeError for
 * wrong arguments.
 */
export const cache = Object.freeze({
  /** The complete models, the last used first. */
  async list(): Promise<CachedModel[]> {
    const models = await withStore((store) => store.list(), []);
    return models
      .map(({ name, version, precision, fingerprint, bytes, lastUsed }) => {
        return { name, version, precision, fingerprint, bytes, lastUsed: new Date(lastUsed) };
      })
      .sort((one, other) => other.lastUsed.getTime() - one.lastUsed.getTime());
  },

  /**
   * Whether the next load of this model needs no network.
   *
   * @param model a value of `WasmModelType`, or a name as `list` gives it: of a model with that name, any
   * version counts
   * @param options the precision, default `int8`
   */
  async has(model: NamedModel | string, options: { precision?: Precision } = {}): Promise<boolean> {
    const name = nameIn('has', model);
    checkOptions('cache.has', options, { precision: isOneOf('int8', 'compact', 'f32') });
    const { precision = 'int8' } = options;
    const hash = typeof model === 'string' ? undefined : expectedHash(model, precision);
    const models = await withStore((store) => store.list(), []);
    return models.some(
      (other) =>
        other.name === name &&
        other.precision === precision &&
        (hash === undefined || other.version === versionOf(precision, hash)),
    );
  },

  /**
   * Removes all versions of a model, and interrupted downloads of it.
   *
   * @param model as for `has`
   */
  async delete(model: NamedModel | string): Promise<void> {
    const name = nameIn('delete', model);
    await deleteWhere((key) => nameOf(key) === name);
  },

  /** Removes everything. */
  async clear(): Promise<void> {
    await deleteWhere(() => true);
  },

  /**
   * Asks the browser not to remove this site's data when it runs short of room. Some browsers ask
   * the person. Resolves to whether the data is safe from now on.
   */
  async persist(): Promise<boolean> {
    return (await globalThis.navigator?.storage?.persist?.()) ?? false;
  },

  /** How much room the cached models take, and how much there is. */
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

/** @throws TypeError for what is neither a model nor a name */
function nameIn(call: string, model: unknown): string {
  const name = typeof model === 'string' ? model : (Object(model) as Partial<NamedModel>).name;
  if (typeof name === 'string') return name;
  wrongType(`The argument of cache.${call}`, 'a value of WasmModelType or a name', model);
}

/** What proves the content of a model; undefined if the registry does not say. */
function expectedHash({ packed, compact, checkpoint }: NamedModel, precision: Precision): string | undefined {
  if (precision === 'f32') return checkpoint?.sha256;
  return (precision === 'compact' ? compact : packed)?.headerSha256;
}

async function deleteWhere(matches: (key: string) => boolean): Promise<void> {
  await withStore(async (store) => {
    for (const key of await store.keys()) if (matches(key)) await store.delete(key);
  }, undefined);
}

/** Uses the store, or returns `otherwise` if there is none. */
async function withStore<T>(use: (store: ModelStore) => Promise<T>, otherwise: T): Promise<T> {
  const store = await openStore().catch(() => undefined);
  if (!store) return otherwise;
  try {
    return await use(store);
  } catch (error) {
    if (error instanceof EdgeBertError) throw error;
    throw new EdgeBertError('state', `The cache could not be used: ${messageOf(error)}`, { cause: error });
  } finally {
    store.close();
  }
}
