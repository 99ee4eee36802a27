import { CACHE_LIMIT, nameOf, type ModelStore, type StoredModel } from './model-store.js';

/**
 * Removes something that the model with this key can do without: interrupted downloads first, then
 * other versions of the same model, the one used longest ago first. Other models stay.
 *
 * @returns false if there is nothing to remove
 */
export async function makeRoom(store: ModelStore, key: string): Promise<boolean> {
  const complete = await store.list();
  const begun = (await store.keys()).filter((other) => !complete.some((model) => model.key === other));
  const versions = byLastUse(complete.filter((model) => model.name === nameOf(key)));
  const victim = [...begun, ...versions.map((model) => model.key)].find((other) => other !== key);
  if (victim === undefined) return false;
  await store.delete(victim);
  return true;
}

/**
 * Removes what a model that is now complete replaces: other contents of the same places, and
 * interrupted downloads of the same model.
 */
export async function dropReplaced(store: ModelStore, model: StoredModel): Promise<void> {
  const complete = await store.list();
  const alike = `${model.name}@${model.precision}`;
  for (const key of await store.keys()) {
    if (key === model.key || !key.startsWith(alike)) continue;
    const other = complete.find((candidate) => candidate.key === key);
    const left = other && withoutSources(other, model);
    if (!left || (!left.pinned && left.sources.length === 0)) await store.delete(key);
    else if (left.sources.length < other.sources.length) await store.update(key, () => left);
  }
}

function withoutSources(other: StoredModel, model: StoredModel): StoredModel {
  const isReplaced = (slot: string) => model.sources.some((source) => source.slot === slot);
  return {
    ...other,
    pinned: other.pinned && !model.pinned,
    sources: other.sources.filter(({ slot }) => !isReplaced(slot)),
  };
}

/** Removes the models used longest ago until the rest fits the limit; the one with this key stays. */
export async function evict(store: ModelStore, key: string): Promise<void> {
  const models = byLastUse(await store.list());
  let total = models.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const model of models) {
    if (total <= CACHE_LIMIT) return;
    if (model.key === key) continue;
    await store.delete(model.key);
    total -= model.bytes;
  }
}

function byLastUse(models: StoredModel[]): StoredModel[] {
  return models.sort((one, other) => one.lastUsed - other.lastUsed);
}
