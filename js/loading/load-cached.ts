import { messageOf } from '../shared/errors.js';
import { keyOf, type StoredModel } from '../storage/model-store.js';
import type { Loading } from './loading.js';
import { readStoredModel } from './read-pieces.js';
import type { LoadedModel } from './types.js';

/** The cached model for a location; undefined if there is none, or no cache that can be read. */
export async function findCached(loading: Loading): Promise<StoredModel | undefined> {
  const { store, location, warn } = loading;
  if (!store) return undefined;
  try {
    if (location.version !== undefined) return await store.find(keyOf(location.name, location.version));
    const models = await store.list();
    return models
      .filter(({ sources }) => sources.some(({ slot }) => slot === location.slot))
      .sort((one, other) => other.lastUsed - one.lastUsed)[0];
  } catch (error) {
    warn('state', `The cache could not be read: ${messageOf(error)}`, error);
    return undefined;
  }
}

/** Loads a cached model; undefined if it is damaged, and then it is removed. */
export async function loadCached(loading: Loading, model: StoredModel): Promise<LoadedModel | undefined> {
  const { store, sink, progress, signal, warn } = loading;
  if (!store) return undefined;
  const read = await readStoredModel(store, model, sink, progress, signal);
  if (!read) {
    warn('integrity', `The cached model ${model.key} is damaged; it is loaded again`);
    await store.delete(model.key).catch(() => {});
    return undefined;
  }
  await sink.finish();
  const { kernel } = read;
  const isNew = kernel !== undefined && kernel.environment !== model.kernel?.environment;
  const noted = isNew
    ? store.update(model.key, (stored) => ({ ...stored, kernel, lastUsed: Date.now() }))
    : store.touch(model.key);
  noted.catch(() => {});
  store.settle(model).catch(() => {});
  for (const note of model.notes) warn('format', note);
  progress.end(true);
  return { fingerprint: model.fingerprint };
}
