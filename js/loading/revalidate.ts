import { openStore } from '../storage/open-store.js';
import type { StoredSource, Validator } from '../storage/model-store.js';
import { discard, send, type HttpOptions } from './http.js';
import type { Loading } from './loading.js';

/** A check of a model's files takes no longer. */
const LIMIT = 10_000;

/**
 * Asks the servers whether the files of a cached model have changed. If one has, the next load
 * takes the new model, and `onWarning` is called. Failures are ignored: the cached model
 * is in use already, and the next load asks again.
 */
export async function revalidate(key: string, source: StoredSource, loading: Loading): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), LIMIT);
  try {
    const http = { ...loading.http, signal: limit.signal, cache: 'no-store' as const };
    for (const validator of source.validators) {
      if (!(await hasChanged(validator, http))) continue;
      await markStale(key, source.slot);
      loading.warn(
        'state',
        `${validator.url} has changed since the model was cached. This load uses the cached model, the next one ` +
          `takes the new one; \`cache: 'reload'\` takes it at once`,
      );
      return;
    }
  } catch {
    // Offline, most likely.
  } finally {
    clearTimeout(timer);
  }
}

async function markStale(key: string, slot: string): Promise<void> {
  const store = await openStore();
  try {
    await store.update(key, (model) => ({
      ...model,
      sources: model.sources.map((source) => (source.slot === slot ? { ...source, stale: true } : source)),
    }));
  } finally {
    store.close();
  }
}

/** Whether a server has another version; false if it doesn't say. */
export async function hasChanged(validator: Validator, http: HttpOptions): Promise<boolean> {
  for (const method of ['HEAD', 'GET']) {
    const response = await send(validator.url, http, conditions(validator), method);
    discard(response);
    if (response.status === 304) return false;
    if (response.ok) return isOther(validator, response.headers);
  }
  return false;
}

/** Left out for another origin: they would need its permission, and the headers tell as well. */
function conditions({ url, etag, lastModified }: Validator): Record<string, string> {
  const page = globalThis.location?.origin;
  if (page !== undefined && page !== new URL(url).origin) return {};
  if (etag !== undefined) return { 'If-None-Match': etag };
  return lastModified === undefined ? {} : { 'If-Modified-Since': lastModified };
}

function isOther({ etag, lastModified }: Validator, headers: Headers): boolean {
  const [newTag, newDate] = [headers.get('etag'), headers.get('last-modified')];
  // A weak tag of the same name is the same file, compressed on the way.
  if (etag !== undefined && newTag !== null) return plain(etag) !== plain(newTag);
  return lastModified !== undefined && newDate !== null && lastModified !== newDate;
}

function plain(etag: string): string {
  return etag.replace(/^W\//, '').replace(/[-;](gzip|br|zstd)"$/, '"');
}
