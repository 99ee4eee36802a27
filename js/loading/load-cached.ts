import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { KernelFinding } from '../shared/types.js';
import { keyOf, type ModelStore, type StoredModel } from '../storage/model-store.js';
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
  const { store, progress, warn } = loading;
  if (!store) return undefined;
  const read = await readIntact(loading, store, model);
  if (!read) {
    warn('integrity', `The cached model ${model.key} is damaged; it is loaded again`);
    await store.delete(model.key).catch(() => {});
    return undefined;
  }
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

/** Reads a model into the engine; undefined if a piece is missing or damaged. */
async function readIntact(
  { sink, progress, signal }: Loading,
  store: ModelStore,
  model: StoredModel,
): Promise<{ readonly kernel: KernelFinding | undefined } | undefined> {
  try {
    const read = await readStoredModel(store, model, sink, progress, signal);
    if (read) await sink.finish();
    return read;
  } catch (error) {
    if (error instanceof EdgeBertError && error.code === 'integrity') return undefined;
    throw error;
  }
}
