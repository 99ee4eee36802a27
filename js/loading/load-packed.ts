import { EdgeBertError } from '../shared/errors.js';
import type { ModelStore } from '../storage/model-store.js';
import { decodedFingerprint } from './fingerprint.js';
import type { PackedFile } from './locate.js';
import type { Loading } from './loading.js';
import { readRemote, type ReadResult } from './read-pieces.js';
import type { LoadedModel } from './types.js';

/**
 * Loads a packed file, and caches it as it is. Pieces of an interrupted download are used again:
 * its header has the hash of each, so that it doesn't matter when they were stored.
 */
export async function loadPacked(loading: Loading, packed: PackedFile): Promise<LoadedModel> {
  const { sink, store, progress, signal, options } = loading;
  const writer = loading.writer(store);
  const file = loading.open(packed.url, undefined, packed.mirrors !== undefined);
  let result: ReadResult;
  let fingerprint: string;
  let key: string | undefined;
  try {
    result = await readRemote({
      file,
      expectation: { ...packed, packed: true },
      keyOf: (hash) => (key = loading.keyOf(hash)),
      store: options.cache === 'reload' ? undefined : store,
      writer,
      // The engine starts, and may try its kernels, while the header is on its way.
      beginning: sink.begin([]),
      sink,
      progress,
      signal,
    });
    await sink.finish();
    const { decoded, hashes } = result;
    fingerprint = decoded ? await decodedFingerprint(decoded, file.url, sink, signal) : hashes[0]!;
  } catch (error) {
    // A damaged file, or another model than was wanted, is not kept unless it was cached before.
    if (key !== undefined && isWrong(error) && !(await isCached(store, key))) await writer.discard(key);
    throw error;
  } finally {
    file.close();
  }
  await writer.complete(loading.record(result.hashes[0]!, { ...result, fingerprint, files: [], notes: [] }));
  return { fingerprint };
}

async function isCached(store: ModelStore | undefined, key: string): Promise<boolean> {
  return (await store?.find(key).catch(() => undefined)) !== undefined;
}

/** Whether an error says that the bytes are wrong, rather than that they did not arrive. */
export function isWrong(error: unknown): boolean {
  return error instanceof EdgeBertError && ['integrity', 'format', 'unsupported'].includes(error.code);
}
