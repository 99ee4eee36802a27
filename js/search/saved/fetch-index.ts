import { onAbort, throwIfAborted } from '../../shared/abort.js';
import { EdgeBertError, messageOf } from '../../shared/errors.js';
import { notify } from '../../shared/notify.js';
import { platformFetch } from '../../shared/platform-fetch.js';
import type { Bytes } from '../../shared/types.js';
import { withoutQuery } from '../../shared/urls.js';
import type { HttpOptions } from '../../loading/http.js';
import { RemoteFile } from '../../loading/remote-file.js';
import { hasChanged } from '../../loading/revalidate.js';
import type { Validator } from '../../storage/model-store.js';
import type { IndexFetchOptions, IndexProgress } from '../index/types.js';
import { indexHeaderLength, HEADER_START, readIndexHeader, type IndexHeader } from './index-file.js';
import { readOrigin } from './index-store.js';
import { untouched, type Origin } from './origin.js';
import { segmentExtent, SEGMENT_START } from './segment.js';

/** A long segment is read in parts of this size, so that no claim of a header takes memory at once. */
const PART = 1 << 22;
/** The most events of a download. */
const STEPS = 200;
/** How long a server may take to say whether it has another version. */
const CHECK_LIMIT = 10_000;

/** An index that is being filled. */
export interface Filling {
  /** Vectors that are there. */
  readonly size: number;
  /** Puts in what a segment says. @throws EdgeBertError `format` */
  fill(segment: Bytes): void;
}

export type FetchSettings = Pick<IndexFetchOptions, 'fetch' | 'signal' | 'onProgress' | 'onWarning'>;

/** An index that can say where it came from, and be saved. */
interface Fetched extends Filling {
  origin: Origin | undefined;
  save(name: string): Promise<void>;
}

/**
 * `SearchIndex.fetch`, given how an index is begun and how a saved one is opened.
 *
 * @param url the whole address
 */
export async function fetchIndex<Index extends Fetched>(
  url: string,
  options: IndexFetchOptions,
  begin: (header: IndexHeader) => Index,
  open: (name: string) => Promise<Index>,
): Promise<Index> {
  const { cache = 'auto' } = options;
  const cached = cache !== 'none' && typeof indexedDB !== 'undefined' && !url.startsWith('file:');
  const name = withoutQuery(url);
  const warn = (error: unknown) => notify(options.onWarning, error as EdgeBertError);
  let origin: Origin | undefined;
  if (cached && cache === 'auto') {
    try {
      origin = await readOrigin(name);
      if (origin && (await isCurrent(url, origin, options))) return await open(name);
    } catch (error) {
      // Damaged, or of another kind than is asked for now: the server's file says what is right.
      if (!(error instanceof EdgeBertError)) throw error;
      origin = undefined;
    }
  }
  try {
    const { index, validator } = await downloadIndex(url, options, begin, cached || cache === 'reload');
    if (!cached) return index;
    index.origin = untouched(validator);
    await index.save(name).catch(warn);
    return index;
  } catch (error) {
    if (!origin || !(error instanceof EdgeBertError) || error.code !== 'network') throw error;
    const index = await open(name);
    warn(new EdgeBertError('network', `The cached index is used: ${error.message}`, { cause: error }));
    return index;
  }
}

/**
 * Whether what was fetched is what the server has now. Without an answer it counts as current, with a
 * warning; a server that says nothing of versions never has the current one.
 */
export async function isCurrent(
  url: string,
  { validator: { etag, lastModified } }: Origin,
  settings: FetchSettings,
): Promise<boolean> {
  if ((etag ?? lastModified) === undefined) return false;
  const { signal } = settings;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), CHECK_LIMIT);
  const forget = onAbort(signal, () => limit.abort());
  try {
    return !(await hasChanged(
      { url, etag, lastModified },
      { ...httpOptions(settings, true), signal: limit.signal },
    ));
  } catch (error) {
    throwIfAborted(signal);
    const message = `${url} could not be checked for a newer version: ${messageOf(error)}`;
    notify(settings.onWarning, new EdgeBertError('network', message, { cause: error }));
    return true;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/**
 * Reads an index file from the network into an index, segment by segment: no more than one is in memory
 * besides the index.
 *
 * @param begin makes the index for a header, or throws for one that is not wanted
 * @param fresh whether the HTTP cache is to be passed by
 * @throws EdgeBertError `network`, `format`, `integrity`, and whatever `begin` throws
 */
export async function downloadIndex<Index extends Filling>(
  url: string,
  settings: FetchSettings,
  begin: (header: IndexHeader) => Index,
  fresh: boolean,
): Promise<{ index: Index; validator: Validator }> {
  let validator: Validator = { url };
  const onAnswer = (_: string, headers: Headers) => {
    const etag = headers.get('etag') ?? undefined;
    const lastModified = headers.get('last-modified') ?? undefined;
    validator = {
      url,
      ...(etag !== undefined && { etag }),
      ...(lastModified !== undefined && { lastModified }),
    };
  };
  const progress = new DownloadProgress(settings.onProgress);
  const file = new RemoteFile(url, { ...httpOptions(settings, fresh), onAnswer }, 0, (end) =>
    progress.reach(end),
  );
  try {
    const { header, length } = await twice(file, 0, async () => {
      const start = await file.read(HEADER_START);
      return readIndexHeader(await readRest(file, start, indexHeaderLength(start)));
    });
    const index = begin(header);
    let at = length;
    while (index.size < header.size) {
      at += await twice(file, at, async () => {
        const start = await file.read(SEGMENT_START);
        const { bytes, count } = segmentExtent(start);
        progress.expect(at, bytes, index.size / header.size, count / header.size);
        index.fill(await readRest(file, start, bytes));
        return bytes;
      });
    }
    await file.expectEnd();
    progress.end();
    return { index, validator };
  } finally {
    file.close();
  }
}

function httpOptions(
  { fetch = platformFetch, signal, onWarning }: FetchSettings,
  fresh: boolean,
): HttpOptions {
  return {
    fetch,
    signal,
    cache: fresh ? 'no-store' : 'default',
    onSilence: (message) => notify(onWarning, new EdgeBertError('network', message)),
  };
}

/** Reads something at `offset`, and once more past the HTTP cache if the bytes are wrong. */
async function twice<T>(file: RemoteFile, offset: number, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EdgeBertError) || error.code !== 'format') throw error;
    file.reread(offset);
    return read();
  }
}

/** `start` and the bytes after it, `length` in all. */
async function readRest(file: RemoteFile, start: Bytes, length: number): Promise<Bytes> {
  const parts = [start];
  for (let left = length - start.length; left > 0;) {
    const part = await file.read(Math.min(left, PART));
    parts.push(part);
    left -= part.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Turns positions in the file into shares of the vectors. */
class DownloadProgress {
  readonly #listener: ((progress: IndexProgress) => void) | undefined;
  #segment = { at: 0, bytes: 1, before: 0, share: 0 };
  #loaded = 0;
  #fraction = 0;
  #reported = -1;

  constructor(listener: ((progress: IndexProgress) => void) | undefined) {
    this.#listener = listener;
  }

  /** A segment of `bytes` begins at `at`: it has this `share` of the vectors, and `before` came before. */
  expect(at: number, bytes: number, before: number, share: number): void {
    this.#segment = { at, bytes, before, share };
    this.reach(this.#loaded);
  }

  /** The network has reached byte number `end`. */
  reach(end: number): void {
    const { at, bytes, before, share } = this.#segment;
    this.#loaded = Math.max(this.#loaded, end);
    const fraction = before + share * Math.min(Math.max(0, this.#loaded - at) / bytes, 1);
    this.#report(Math.min(Math.max(this.#fraction, fraction), 1 - 1 / STEPS));
  }

  end(): void {
    this.#report(1);
  }

  #report(fraction: number): void {
    this.#fraction = fraction;
    if (fraction < 1 && fraction - this.#reported < 1 / STEPS) return;
    this.#reported = fraction;
    notify(this.#listener, { loaded: this.#loaded, fraction });
  }
}
