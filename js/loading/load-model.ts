import { abortable, throwIfAborted } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { lazy } from '../shared/lazy.js';
import { notify } from '../shared/notify.js';
import type { LoadProgress } from '../shared/types.js';
import { withTabLock, type Turn } from '../storage/cross-tab-lock.js';
import type { StoredModel } from '../storage/model-store.js';
import { openStore } from '../storage/open-store.js';
import { findCached, loadCached } from './load-cached.js';
import { loadPacked } from './load-packed.js';
import { Loading } from './loading.js';
import type { Location, Original, PackedFile } from './locate.js';
import { RefusedError, TransientError } from './http.js';
import { Progress } from './progress.js';
import { revalidate } from './revalidate.js';
import type { LoadedModel, LoadOptions, ModelSink } from './types.js';

/**
 * Loads a model into `sink`, from the first of these that has it: the cache, the packed file, the
 * original checkpoint (which the engine quantises while it streams in). Float32 reads the original
 * only. What came over the network is cached for the next visit: int8 as a packed file, float32 as
 * it is.
 */
export async function loadModel(
  location: Location,
  options: LoadOptions,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  /** Set while other tabs wait for this load. */
  let turn: Turn | undefined;
  const onEvent = (event: LoadProgress) => {
    turn?.announce(event);
    notify(options.onProgress, event);
  };
  const progress = new Progress(onEvent, () => turn?.advance());
  const loading = new Loading(location, options, sink, progress, signal);

  const run = async () => {
    throwIfAborted(signal);
    loading.store = await openCache(loading);
    try {
      const cached = await fromCache(loading);
      if (cached.loaded) return cached.loaded;
      if (!loading.store) return await fromNetwork(loading);
      // One tab downloads; the others wait here, and then find the model in the cache.
      const onNews = ({ loaded, total, phase }: LoadProgress) => {
        progress.expect(total);
        progress.reach(loaded, phase === 'load' ? 'cache' : phase, false);
      };
      return await withTabLock(`edgebert:${location.slot}`, signal, onNews, async (own) => {
        const { loaded, outdated } = await fromCache(loading);
        if (loaded) return loaded;
        turn = own;
        return fromNetworkOr(loading, outdated);
      });
    } finally {
      loading.store?.close();
    }
  };
  return abortable(run(), signal);
}

async function openCache(loading: Loading) {
  const { packed, original } = loading.location;
  // A file on this disk is not copied to it; it may also be another model the next time.
  const local = (packed?.url ?? original?.folder)?.startsWith('file:');
  if (local || loading.options.cache === 'none') return undefined;
  try {
    return await openStore();
  } catch (error) {
    loading.warn('state', `The cache is not available: ${messageOf(error)}`, error);
    return undefined;
  }
}

interface FromCache {
  readonly loaded?: LoadedModel;
  /** A cached model that may not be what the server has now. */
  readonly outdated?: StoredModel;
}

async function fromCache(loading: Loading): Promise<FromCache> {
  if (loading.options.cache === 'reload') return {};
  const found = await findCached(loading);
  if (!found) return {};
  const { slot, address } = loading.location;
  const source = found.sources.find((candidate) => candidate.slot === slot);
  const pinned = loading.location.version !== undefined;
  if (!pinned && source?.address !== address) return {};
  if (!pinned && source?.stale) return { outdated: found };
  const loaded = await loadCached(loading, found);
  if (!loaded) return {};
  if (!pinned && source) void revalidate(found.key, source, loading);
  return { loaded };
}

/** If the new model can't be fetched, a cached one that is known to be outdated is better than none. */
async function fromNetworkOr(loading: Loading, outdated: StoredModel | undefined): Promise<LoadedModel> {
  try {
    return await fromNetwork(loading);
  } catch (error) {
    if (!outdated || !(error instanceof EdgeBertError) || error.code !== 'network') throw error;
    const loaded = await loadCached(loading, outdated);
    if (!loaded) throw error;
    loading.warn('network', `An older version of the model is used, from the cache: ${error.message}`, error);
    return loaded;
  }
}

async function fromNetwork(loading: Loading): Promise<LoadedModel> {
  const loaded = await fromServers(loading);
  loading.progress.end(false);
  return loaded;
}

async function fromServers(loading: Loading): Promise<LoadedModel> {
  const { packed, original, name } = loading.location;
  if (!packed) return loadOriginal(loading, original!);
  if (packed.mirrors) return fromPublished(loading, packed, packed.mirrors);
  try {
    return await loadPacked(loading, packed);
  } catch (error) {
    if (!original && loading.location.described && error instanceof RefusedError && error.isAbsent) {
      throw new EdgeBertError('network', `${error.message}; ${remedy(loading.location)}`, { cause: error });
    }
    if (!original || loading.sink.engineFailed || !isMissing(error, packed.url, original.folder)) throw error;
    if (loading.options.baseUrl !== undefined) {
      loading.warn(
        'network',
        `${messageOf(error)}; the original in ${original.folder} is loaded and packed here instead. ` +
          `\`npx edgebert pack ${name}\` makes the file that is missing`,
        error,
      );
    }
    return loadOriginal(loading, original).catch((second: unknown) => {
      // Of two places that don't have the model, the packed file is the one to provide.
      if (!(second instanceof RefusedError) || !(error instanceof RefusedError)) throw second;
      throw new EdgeBertError(
        'network',
        `The model ${name} was not found: ${error.message}, and neither is there an original (${second.message})`,
        { cause: second },
      );
    });
  }
}

/** Where a packed file that is not served comes from. No command makes the compact file that is published. */
function remedy({ name, precision, packed }: Location): string {
  if (precision !== 'compact') return `\`npx edgebert pack ${name}\` makes that file`;
  if (packed?.npmPackage !== undefined) return `the npm package ${packed.npmPackage} has that file`;
  return `\`npx edgebert pack ${name} --size <MB>\` makes such a file`;
}

/** Only a first visit reads an original, and only where no packed file is served. */
async function loadOriginal(loading: Loading, original: Original): Promise<LoadedModel> {
  const module = await lazy(() => import('./load-original.js'));
  return module.loadOriginal(loading, original);
}

/**
 * From the first CDN that has the published file, whole and with the right hashes; if none has, what else
 * there is, with one warning.
 */
async function fromPublished(
  loading: Loading,
  packed: PackedFile,
  mirrors: readonly string[],
): Promise<LoadedModel> {
  const { location, options, sink, progress, signal } = loading;
  const failures: EdgeBertError[] = [];
  for (const url of [packed.url, ...mirrors]) {
    try {
      return await loadPacked(loading, { ...packed, url });
    } catch (error) {
      if (sink.engineFailed || !(error instanceof EdgeBertError) || error.code === 'state') throw error;
      failures.push(error);
    }
  }
  const { substitute, name } = location;
  const other = substitute ? new Loading(substitute, options, sink, progress, signal) : loading;
  other.store = loading.store;
  const instead = substitute
    ? "The original's int8 model is loaded instead, from its host or the cache; its vectors differ"
    : 'The original is loaded instead, which is larger';
  const reasons = failures.map(({ message }) => message).join('; ');
  loading.warn(
    'network',
    `The published file of ${name} could not be loaded: ${reasons}. ${instead}`,
    failures[0],
  );
  const cached = substitute && (await fromCache(other)).loaded;
  return cached ?? loadOriginal(other, other.location.original!);
}

/** Whether the original is worth a try: it is elsewhere, or its server has no packed file. */
function isMissing(error: unknown, packed: string, original: string): boolean {
  if (error instanceof RefusedError) return true;
  return error instanceof TransientError && new URL(packed).origin !== new URL(original).origin;
}
