import { abortError, throwIfAborted } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';

import type { SequentialFile } from './joined-file.js';
import {
  pauseAfter,
  request,
  STALL,
  TransientError,
  webPageError,
  withLimit,
  type HttpOptions,
} from './http.js';
import type { Bytes } from '../shared/types.js';

/** A server that neither ends the file nor sends more of it is not waited for. */
const END_WAIT = 2_000;
/** Bytes that must arrive before earlier failures are forgotten. */
const FORGIVEN_AFTER = 64 * 1024;

/**
 * A file at an address, read from front to back in pieces of any wanted length. A connection that
 * breaks, stalls or ends early is made anew where it ended, with a Range request; where the server
 * knows no ranges, what was read already is skipped.
 */
export class RemoteFile implements SequentialFile {
  readonly url: string;
  readonly #options: HttpOptions;
  readonly #onBytes: (offset: number) => void;
  /** Where the next byte of `#rest`, or else of the body, lies in the file. */
  #offset: number;
  #rest: Uint8Array = new Uint8Array(0);
  #connection: Connection | undefined;
  #failures = 0;
  #failedAt = 0;
  #received = 0;
  #cache: RequestCache;
  #version: string | undefined;

  /** `onBytes` hears how far into the file the network has come. */
  constructor(url: string, options: HttpOptions, offset = 0, onBytes = (_offset: number) => {}) {
    this.url = url;
    this.#options = options;
    this.#offset = offset;
    this.#onBytes = onBytes;
    this.#cache = options.cache;
  }

  /** Bytes that the network has given so far. */
  get received(): number {
    return this.#received;
  }

  /** Connects, so that an address which can't be had shows before anything is done with it. */
  async open(): Promise<void> {
    while (!this.#connection) {
      try {
        throwIfAborted(this.#options.signal);
        this.#connection = await this.#connect();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  /** The next `length` bytes, in a buffer of their own: that of `spent` if it is as large. */
  async read(length: number, spent?: Bytes): Promise<Bytes> {
    const bytes = spent?.length === length ? spent : new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) this.#rest = await this.#receive(length - filled);
      const part = this.#rest.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return bytes;
  }

  /** Throws where the file goes on behind what was read. */
  async expectEnd(): Promise<void> {
    let more = this.#rest.length > 0;
    try {
      const connection = this.#connection;
      while (!more && connection) {
        const chunk = await connection.receive(END_WAIT);
        if (!chunk) break;
        more = chunk.length > 0;
      }
    } catch {
      // All that is needed is there; how the connection ends does not matter.
    }
    if (more) {
      throw new EdgeBertError(
        'integrity',
        `${this.url} goes on after byte ${this.#offset}, where it should end`,
      );
    }
  }

  /** Goes on at `offset`, over a new connection. */
  seek(offset: number): void {
    this.close();
    this.#offset = offset;
  }

  /** Goes back to `offset`, past any cache on the way that may have given the wrong bytes. */
  reread(offset: number): void {
    this.seek(offset);
    this.#cache = 'reload';
  }

  /** Ends the connection. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#rest = new Uint8Array(0);
  }

  async #receive(missing: number): Promise<Uint8Array> {
    for (;;) {
      await this.open();
      const connection = this.#connection!;
      try {
        const chunk = await connection.receive();
        if (!chunk) {
          throw new TransientError(
            `${this.url} ended after ${this.#offset} bytes, at least ${missing} bytes too early`,
          );
        }
        if (chunk.length === 0) continue;
        const end = this.#offset + chunk.length;
        this.#received += chunk.length;
        if (end - this.#failedAt >= FORGIVEN_AFTER) this.#failures = 0;
        this.#onBytes(end);
        return chunk;
      } catch (error) {
        this.close();
        await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#options.signal?.aborted) throw abortError(this.#options.signal);
    if (!(error instanceof TransientError)) throw error;
    this.#failedAt = this.#offset;
    await pauseAfter(error, this.#failures++, this.#options.signal);
  }

  async #connect(): Promise<Connection> {
    const { fetch, signal } = this.#options;
    const own = new AbortController();
    const onAbort = () => own.abort();
    signal?.addEventListener('abort', onAbort);
    const close = () => {
      signal?.removeEventListener('abort', onAbort);
      own.abort();
    };
    try {
      const response = await withLimit(
        request(this.url, { fetch, signal: own.signal, cache: this.#cache }, this.#offset),
        this.url,
        STALL,
      );
      this.#checkVersion(response);
      this.#checkRange(response);
      const skip = response.status === 206 ? 0 : this.#offset;
      return new Connection(this.url, response, skip, close);
    } catch (error) {
      close();
      // Only this connection was ended by the stall limit, so its AbortError is not the caller's.
      if (own.signal.aborted && error instanceof DOMException && !signal?.aborted) {
        throw new TransientError(`${this.url} was given up`, { cause: error });
      }
      throw error;
    }
  }

  /** A file that changed between two connections must not be put together from both. */
  #checkVersion(response: Response): void {
    const version = response.headers.get('etag') ?? response.headers.get('last-modified');
    if (version === null) return;
    this.#version ??= version;
    if (this.#version !== version) {
      throw new EdgeBertError('network', `${this.url} changed while it was being read; load it again`);
    }
  }

  #checkRange(response: Response): void {
    // Not readable across origins unless the server allows it; the hashes settle it then.
    const range = response.status === 206 ? response.headers.get('content-range') : null;
    const start = range ? /^bytes (\d+)-/.exec(range)?.[1] : undefined;
    if (start !== undefined && Number(start) !== this.#offset) {
      throw new EdgeBertError(
        'network',
        `${this.url} was asked for the bytes from ${this.#offset} on and sent those from ${start} on`,
      );
    }
  }
}

/** One answer's body. */
class Connection {
  readonly #url: string;
  readonly #response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #end: () => void;
  #skip: number;
  #first = true;

  constructor(url: string, response: Response, skip: number, end: () => void) {
    this.#url = url;
    this.#response = response;
    this.#reader = response.body?.getReader();
    this.#skip = skip;
    this.#end = end;
  }

  /** The next bytes of the body that are not skipped, undefined at its end. */
  async receive(limit = STALL): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await this.#read(limit);
      if (!chunk) return undefined;
      if (this.#first && chunk.length > 0) {
        this.#first = false;
        if (this.#response.status === 200) checkStart(chunk, this.#url, this.#response);
      }
      const skipped = Math.min(this.#skip, chunk.length);
      this.#skip -= skipped;
      if (skipped < chunk.length) return chunk.subarray(skipped);
    }
  }

  async #read(limit: number): Promise<Uint8Array | undefined> {
    if (!this.#reader) return undefined;
    try {
      const { done, value } = await withLimit(this.#reader.read(), this.#url, limit);
      return done ? undefined : value;
    } catch (error) {
      if (error instanceof EdgeBertError) throw error;
      throw new TransientError(`${this.#url} broke off (${messageOf(error)})`, { cause: error });
    }
  }

  close(): void {
    this.#end();
    this.#reader?.cancel().catch(() => {});
  }
}

/** Knows the two things that servers send in place of large files. */
function checkStart(chunk: Uint8Array, url: string, response: Response): void {
  const start = new TextDecoder().decode(chunk.subarray(0, 64)).trimStart().toLowerCase();
  if (/^<(!doctype|html|head|\?xml|!--)/.test(start)) throw webPageError(url, response);
  if (start.startsWith('version https://git-lfs')) {
    throw new EdgeBertError(
      'network',
      `${url} is a Git LFS pointer, not the file that it stands for; fetch the file with \`git lfs pull\` before serving it`,
    );
  }
}
