import { abortError, onAbort, throwIfAborted } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';

import type { SequentialFile } from './joined-file.js';
import {
  bodyReader,
  discard,
  MARKUP,
  pauseAfter,
  RefusedError,
  request,
  STALL,
  TransientError,
  webPageError,
  withLimit,
  type BodyReader,
  type HttpOptions,
} from './http.js';
import type { Bytes } from '../shared/types.js';

/** How long to wait for a server that has sent the whole file to end its answer. */
const END_WAIT = 2_000;
/** Bytes that must arrive before earlier failures no longer count. */
const FORGIVEN_AFTER = 64 * 1024;

/**
 * A file at an address, read from front to back in pieces of any length. A connection that breaks,
 * stalls or ends early is resumed with a Range request; if the server doesn't support them, the
 * bytes that were read already are skipped.
 */
export class RemoteFile implements SequentialFile {
  readonly url: string;
  readonly #options: HttpOptions;
  readonly #onBytes: (offset: number) => void;
  /** Position in the file of the next byte of `#rest`, or else of the body. */
  #offset: number;
  #rest: Uint8Array = new Uint8Array(0);
  #connection: Connection | undefined;
  #failures = 0;
  #failedAt = 0;
  #received = 0;
  #cache: RequestCache;
  #version: string | undefined;
  /** Whether the server's answers to Range requests can be used. */
  #ranges = true;
  /** Whether one of them did not say where it begins. */
  #unplaced = false;

  /** `onBytes` is called with the position that the network has reached. */
  constructor(url: string, options: HttpOptions, offset = 0, onBytes = (_offset: number) => {}) {
    this.url = url;
    this.#options = options;
    this.#offset = offset;
    this.#onBytes = onBytes;
    this.#cache = options.cache;
  }

  /** Bytes received from the network so far. */
  get received(): number {
    return this.#received;
  }

  /** Connects, so that a missing file shows before anything else is done. */
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

  /** The next `length` bytes, in the buffer of `spent` if it is as large, else in a new one. */
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

  /** Throws if the file has more bytes than were read. */
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
      // Every byte that is needed was read; how the connection ends does not matter.
    }
    if (more) {
      throw new EdgeBertError(
        'integrity',
        `${this.url} is longer than the ${this.#offset} bytes that its header lists`,
      );
    }
  }

  /** Continues at `offset`, over a new connection. */
  seek(offset: number): void {
    this.close();
    this.#offset = offset;
  }

  /** Returns to `offset`, bypassing any HTTP cache that may have sent wrong bytes. */
  reread(offset: number): void {
    this.seek(offset);
    this.#cache = 'reload';
    // The wrong bytes may be those of another part.
    if (this.#unplaced) this.#ranges = false;
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
            `${this.url} ended after ${this.#offset} bytes, at least ${missing} too early`,
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
    if (this.#options.elsewhere && this.#received === 0) throw error;
    this.#failedAt = this.#offset;
    await pauseAfter(error, this.#failures++, this.#options.signal);
  }

  async #connect(): Promise<Connection> {
    const { signal, onSilence } = this.#options;
    const own = new AbortController();
    const forget = onAbort(signal, () => own.abort());
    const close = () => {
      forget();
      own.abort();
    };
    try {
      const options = { ...this.#options, signal: own.signal, cache: this.#cache };
      const asked = this.#ranges ? this.#offset : 0;
      const response = await withLimit(request(this.url, options, asked), this.url, STALL, onSilence);
      this.#checkVersion(response);
      if (!this.#isRange(response, asked)) {
        discard(response);
        close();
        this.#ranges = false;
        return await this.#connect();
      }
      const skip = response.status === 206 && asked > 0 ? 0 : this.#offset;
      return new Connection(this.url, response, skip, close, onSilence);
    } catch (error) {
      close();
      // The stall limit ended this connection, so the AbortError is not the caller's.
      if (own.signal.aborted && error instanceof DOMException && !signal?.aborted) {
        throw new TransientError(`${this.url} stopped answering`, { cause: error });
      }
      throw error;
    }
  }

  /** Two versions of a file must not be joined. */
  #checkVersion(response: Response): void {
    const version = response.headers.get('etag') ?? response.headers.get('last-modified');
    if (version === null) return;
    this.#version ??= version;
    if (this.#version !== version) {
      throw new EdgeBertError('network', `${this.url} changed while it was being read; load it again`);
    }
  }

  /** Whether a partial answer begins where it was asked to; broken caches send another part. */
  #isRange(response: Response, asked: number): boolean {
    // Not readable across origins unless the server allows it; the hashes settle it then.
    const range = response.status === 206 ? response.headers.get('content-range') : null;
    const start = range ? /^bytes (\d+)-/.exec(range)?.[1] : undefined;
    if (start === undefined && response.status === 206) this.#unplaced = true;
    if (start === undefined || Number(start) === asked) return true;
    if (asked === 0) {
      throw new EdgeBertError(
        'network',
        `${this.url} sent a part that begins at byte ${start}, though the whole file was requested`,
      );
    }
    return false;
  }
}

/** One answer's body. */
class Connection {
  readonly #url: string;
  readonly #response: Response;
  readonly #body: BodyReader;
  readonly #end: () => void;
  readonly #onSilence: HttpOptions['onSilence'];
  #skip: number;
  #first = true;

  constructor(
    url: string,
    response: Response,
    skip: number,
    end: () => void,
    onSilence: HttpOptions['onSilence'],
  ) {
    this.#url = url;
    this.#response = response;
    this.#body = bodyReader(response);
    this.#skip = skip;
    this.#end = end;
    this.#onSilence = onSilence;
  }

  /** The next bytes of the body that are not skipped, undefined at its end. */
  async receive(limit = STALL): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await this.#next(limit);
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

  async #next(limit: number): Promise<Uint8Array | undefined> {
    try {
      return await withLimit(this.#body.read(), this.#url, limit, this.#onSilence);
    } catch (error) {
      if (error instanceof EdgeBertError) throw error;
      throw new TransientError(`${this.#url} broke off (${messageOf(error)})`, { cause: error });
    }
  }

  close(): void {
    this.#end();
    this.#body.cancel();
  }
}

/** Recognizes what servers send in place of large files: a web page, or a Git LFS pointer. */
function checkStart(chunk: Uint8Array, url: string, response: Response): void {
  const start = new TextDecoder().decode(chunk.subarray(0, 64));
  if (MARKUP.test(start)) throw webPageError(url, response);
  if (/^\s*version https:\/\/git-lfs/i.test(start)) {
    throw new RefusedError(
      `${url} is a Git LFS pointer, not the file that it stands for; run \`git lfs pull\` before serving it`,
      response.status,
    );
  }
}
