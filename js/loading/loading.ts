import { EdgeBertError, type EdgeBertErrorCode } from '../shared/errors.js';
import { environment } from '../shared/node.js';
import { notify } from '../shared/notify.js';
import { platformFetch } from '../shared/platform-fetch.js';
import { CacheWriter } from '../storage/cache-writer.js';
import {
  keyOf,
  versionOf,
  type ModelStore,
  type StoredModel,
  type Validator,
} from '../storage/model-store.js';
import type { HttpOptions } from './http.js';
import { hub, type Location } from './locate.js';
import type { Progress } from './progress.js';
import { RemoteFile } from './remote-file.js';
import type { LoadOptions, ModelSink } from './types.js';

/** One load of a model: what its steps share. */
export class Loading {
  readonly location: Location;
  readonly options: LoadOptions;
  readonly sink: ModelSink;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  /** Undefined if nothing is to be cached, or there is no cache. */
  store: ModelStore | undefined;
  /** What the servers have said of the versions of the files that were read. */
  readonly #seen = new Map<string, Validator>();

  constructor(
    location: Location,
    options: LoadOptions,
    sink: ModelSink,
    progress: Progress,
    signal: AbortSignal | undefined,
  ) {
    this.location = location;
    this.options = options;
    this.sink = sink;
    this.progress = progress;
    this.signal = signal;
  }

  /** Tells the caller of a problem that does not stop the load. */
  readonly warn = (code: EdgeBertErrorCode, message: string, cause?: unknown): void => {
    notify(this.options.onWarning, new EdgeBertError(code, message, { cause }));
  };

  get http(): HttpOptions {
    return {
      fetch: this.options.fetch ?? platformFetch,
      signal: this.signal,
      // What is cached here need not be in the browser's HTTP cache as well.
      cache: this.options.cache === 'reload' ? 'reload' : this.store ? 'no-store' : 'default',
      token: this.#token,
      onAnswer: (url, headers) => {
        const etag = headers.get('etag') ?? undefined;
        const lastModified = headers.get('last-modified') ?? undefined;
        if (etag ?? lastModified) this.#seen.set(url, { url, etag, lastModified });
      },
      onSilence: (message) => this.warn('network', message),
    };
  }

  /** The token for the hub; a host that the caller names instead does not get it. */
  get #token(): HttpOptions['token'] {
    const value = environment('HF_TOKEN');
    if (value === undefined || this.options.baseUrl !== undefined) return undefined;
    return { origin: new URL(hub()).origin, value };
  }

  /**
   * `place` says where the file begins in what is read as one, `elsewhere` whether other servers have it
   * as well.
   */
  readonly open = (url: string, place = { offset: 0 }, elsewhere = false): RemoteFile =>
    new RemoteFile(url, { ...this.http, elsewhere }, 0, (offset) => {
      this.progress.reach(place.offset + offset, 'download', false);
    });

  /** A writer to the cache, or to nowhere. */
  writer(store: ModelStore | undefined): CacheWriter {
    return new CacheWriter(store, (warning) => notify(this.options.onWarning, warning));
  }

  /** Under which key this model is cached, given the hash of its content. */
  keyOf(hash: string): string {
    return keyOf(this.location.name, this.#versionOf(hash));
  }

  /** The record of the model that was loaded; `hash` is the one that its key was made from. */
  record(
    hash: string,
    content: Pick<
      StoredModel,
      'bytes' | 'hashes' | 'checksums' | 'files' | 'fingerprint' | 'notes' | 'kernel'
    >,
  ): StoredModel {
    const { name, precision, version, slot, address } = this.location;
    const pinned = version !== undefined;
    const source = { slot, address, validators: [...this.#seen.values()], stale: false };
    return {
      ...content,
      key: this.keyOf(hash),
      name,
      precision,
      version: this.#versionOf(hash),
      pinned,
      sources: pinned ? [] : [source],
      lastUsed: Date.now(),
    };
  }

  #versionOf(hash: string): string {
    return this.location.version ?? versionOf(this.location.precision, hash);
  }
}
