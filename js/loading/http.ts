import { abortError, sleep, throwIfAborted } from '../shared/abort.js';
import { describe } from '../shared/describe.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { builtin, environment } from '../shared/node.js';
import { platformFetch } from '../shared/platform-fetch.js';

/** How a request is made. */
export interface HttpOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
  /** What the browser's own HTTP cache may do. */
  readonly cache: RequestCache;
  /** A token for one host, which must not reach any other. */
  readonly token?: { readonly origin: string; readonly value: string } | undefined;
  /** Whether the file is elsewhere too: then a server that can't be reached is not asked again. */
  readonly elsewhere?: boolean;
  /** Hears of every good answer: its address and its headers tell versions apart. */
  readonly onAnswer?: (url: string, headers: Headers) => void;
  /** Hears of a server that has sent nothing for {@link SILENCE}. */
  readonly onSilence?: (message: string) => void;
}

/** A failure that may pass by itself: no connection, a broken one, a busy server. */
export class TransientError extends EdgeBertError {
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: ErrorOptions & { retryAfter?: number } = {}) {
    super('network', message, options);
    this.retryAfter = options.retryAfter;
  }
}

/** An answer that is not the file, and will not be at the next try. */
export class RefusedError extends EdgeBertError {
  /** 200 for a web page in place of the file. */
  readonly status: number;

  constructor(message: string, status: number) {
    super('network', message);
    this.status = status;
  }

  /** Whether the server says that there is no such file. */
  get isAbsent(): boolean {
    return this.status === 404 || this.status === 410;
  }
}

/** A connection that sends nothing for this long is closed, and another one opened. */
export const STALL = 30_000;
/** A server that sends nothing for this long is reported. */
const SILENCE = 10_000;
/** Waits before the second, third … attempt. */
const BACK_OFF = [400, 1200, 3000];
/** A server that asks for a longer pause counts as down. */
const LONGEST_PAUSE = 60_000;
/** A redirect chain longer than this is a loop. */
const MOST_REDIRECTS = 10;

/** Runs `attempt` until it succeeds, fails for good, or has failed four times. */
async function withRetries<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      throwIfAborted(signal);
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await pauseAfter(error, failures, signal);
    }
  }
}

/** Waits as long as attempt number `failures` should, or throws `error` if it was the last. */
export async function pauseAfter(
  error: TransientError,
  failures: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pause = BACK_OFF[failures];
  const asked = error.retryAfter ?? 0;
  if (pause === undefined || asked > LONGEST_PAUSE || isOffline()) throw error;
  await sleep(Math.max(pause, asked), signal);
}

/**
 * Makes one request and checks what the answer's head says. `from` asks for the bytes from that
 * offset on; the server may send the whole file nevertheless (status 200).
 *
 * @throws TransientError if another attempt may help, RefusedError if not, TypeError for a `fetch`
 * that is none.
 */
export async function request(url: string, options: HttpOptions, from = 0): Promise<Response> {
  const response = await send(url, options, from > 0 ? { Range: `bytes=${from}-` } : {});
  try {
    checkAnswer(url, response, from);
  } catch (error) {
    discard(response);
    throw error;
  }
  options.onAnswer?.(url, response.headers);
  return response;
}

/** Makes one request, whatever the answer is. */
export async function send(
  url: string,
  options: HttpOptions,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<Response> {
  const { cache, signal, token } = options;
  const common: RequestInit = {
    // Left out if it says nothing: not every runtime accepts it.
    ...(cache !== 'default' && { cache }),
    ...(signal && { signal }),
    ...(method !== 'GET' && { method }),
  };
  try {
    if (token && new URL(url).origin === token.origin) return await sendToken(url, options, headers, common);
    const some = Object.keys(headers).length > 0;
    return asResponse(await options.fetch(url, { ...common, ...(some && { headers }) }));
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    if (error instanceof EdgeBertError || error instanceof FetchOptionError) throw error;
    if (options.fetch !== platformFetch && isOwnMistake(error))
      throw new FetchOptionError(`\`fetch\` failed: ${error.message}`, { cause: error });
    throw new TransientError(unreachable(url, error), { cause: error });
  }
}

/** Follows redirects itself, since the token must stay with its host. */
async function sendToken(
  url: string,
  { fetch, token }: HttpOptions,
  headers: Readonly<Record<string, string>>,
  common: RequestInit,
): Promise<Response> {
  for (let address = url, redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const allowed = new URL(address).origin === token!.origin;
    const authorization = allowed && { Authorization: `Bearer ${token!.value}` };
    const response = asResponse(
      await fetch(address, { ...common, headers: { ...headers, ...authorization }, redirect: 'manual' }),
    );
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    discard(response);
    address = new URL(location, address).href;
  }
  throw new EdgeBertError('network', `${url} redirects more than ${MOST_REDIRECTS} times`);
}

/** The caller's `fetch` option does not work; trying again would not help. */
class FetchOptionError extends TypeError {}

function asResponse(response: unknown): Response {
  const { status, headers } = (response ?? {}) as Partial<Response>;
  if (typeof status === 'number' && typeof headers?.get === 'function') return response as Response;
  throw new FetchOptionError(`\`fetch\` must return a Response (received ${describe(response)})`);
}

/** How the messages of `fetch` begin where the network fails; all of them are TypeErrors. */
const NETWORK =
  /^(failed to fetch|fetch failed|networkerror|load failed|network|error sending request|unable to connect|(the )?(socket )?connection|terminated|cancelled|the (internet|request)|a server with|could not connect)/i;

/** Whether an error is one of the program that was given as `fetch`, not one of the network. */
function isOwnMistake(error: unknown): error is Error {
  if (error instanceof ReferenceError || error instanceof SyntaxError || error instanceof RangeError)
    return true;
  // Deno and Node name the reason as the cause, or as a code.
  if (!(error instanceof TypeError) || error.cause !== undefined || 'code' in error) return false;
  return !NETWORK.test(error.message);
}

/** Ends an answer that nobody reads. What it cleans up is not waited for: others may share its body. */
export function discard(response: Response): void {
  try {
    response.body?.cancel?.().catch(() => {});
  } catch {
    // Not every `fetch` gives a body that can be cancelled.
  }
}

/** Throws unless the answer is a file's bytes, as far as its head tells. */
export function checkAnswer(url: string, response: Response, from = 0): void {
  const { status } = response;
  if (response.ok) {
    if (isWebPage(response)) throw webPageError(url, response);
    return;
  }
  if (status === 416) throw new RefusedError(`${url} is too short: it has no byte ${from}`, status);
  const message = `${url} answered ${`${status} ${response.statusText ?? ''}`.trimEnd()}`;
  const passes = status >= 500 || status === 429 || status === 408;
  if (!passes) throw new RefusedError(message + adviceFor(url, status), status);
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'));
  throw new TransientError(message, retryAfter === undefined ? {} : { retryAfter });
}

/** The hub answers 401 for a repository that doesn't exist, too. */
function adviceFor(url: string, status: number): string {
  if ((status !== 401 && status !== 403) || !/\/resolve\//.test(url)) return '';
  const reason = '; the repository may be private, gated or missing';
  if (!builtin('node:os')) return reason;
  return environment('HF_TOKEN')
    ? `${reason}: HF_TOKEN must belong to a user with access to it`
    : `${reason}: set HF_TOKEN to a token with access to it`;
}

/** Fetches a text file. */
export async function requestText(url: string, options: HttpOptions): Promise<string> {
  return withRetries(async () => {
    const { onSilence, signal } = options;
    const response = await withLimit(request(url, options), url, STALL, onSilence);
    const body = bodyReader(response);
    const decoder = new TextDecoder();
    let text = '';
    try {
      for (;;) {
        const part = await withLimit(body.read(), url, STALL, onSilence);
        if (!part) break;
        text += decoder.decode(part, { stream: true });
      }
    } catch (error) {
      body.cancel();
      if (signal?.aborted) throw abortError(signal);
      if (error instanceof EdgeBertError || error instanceof FetchOptionError) throw error;
      throw new TransientError(`${url} broke off (${messageOf(error)})`, { cause: error });
    }
    text += decoder.decode();
    if (MARKUP.test(text)) throw webPageError(url, response);
    return text;
  }, options.signal);
}

/** How web pages and the errors of object stores begin, whatever type they say they are. */
export const MARKUP = /^\s*<(!doctype|html|head|\?xml|!--)/i;

/** An answer's body, part by part. */
export interface BodyReader {
  /** The next part; undefined at the end. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Ends the reading. What that cleans up is not waited for. */
  readonly cancel: () => void;
}

/** Reads a body. Not every `fetch` gives a stream. */
export function bodyReader(response: Response): BodyReader {
  const { body } = response;
  if (response.bodyUsed || body?.locked) {
    throw new FetchOptionError(
      '`fetch` returned a Response whose body was read already; return a new one, or its clone()',
    );
  }
  if (typeof body?.getReader === 'function') {
    const reader = body.getReader();
    return {
      read: async () => (await reader.read()).value,
      cancel: () => void reader.cancel().catch(() => {}),
    };
  }
  let whole: Promise<ArrayBuffer> | undefined;
  const read = async () => {
    if (whole) return undefined;
    whole = response.arrayBuffer();
    return new Uint8Array(await whole);
  };
  return { read, cancel: () => discard(response) };
}

/** Settles as `work` does, or fails once `limit` milliseconds have passed; tells `onSilence` before. */
export async function withLimit<T>(
  work: Promise<T>,
  url: string,
  limit: number,
  onSilence: ((message: string) => void) | undefined,
): Promise<T> {
  const timers: ReturnType<typeof setTimeout>[] = [];
  const stalled = new Promise<never>((_, reject) => {
    const fail = () => reject(new TransientError(`${url} sent nothing for ${limit / 1000} seconds`));
    timers.push(setTimeout(fail, limit));
  });
  if (onSilence && limit > SILENCE) {
    const seconds = SILENCE / 1000;
    const message = `${url} has sent nothing for ${seconds} seconds; it is asked again after ${limit / 1000}`;
    timers.push(setTimeout(() => onSilence(message), SILENCE));
  }
  try {
    return await Promise.race([work, stalled]);
  } finally {
    timers.forEach(clearTimeout);
  }
}

/** Whether an answer says it is a web page, which some servers send for every address. */
export function isWebPage(response: Response): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(contentType(response));
}

/** The error for a web page in place of a file. */
export function webPageError(url: string, response: Response, advice?: string): EdgeBertError {
  const type = contentType(response);
  return new RefusedError(
    `${url} answered ${response.status} with a web page (content type ${type || 'missing'}), not with the file. ` +
      (advice ??
        (/\/(blob|tree)\//.test(url)
          ? 'The address is that of a page about the file: give the one that its download has.'
          : "Some servers send one for every address that they don't know; check that the file is there.")),
    response.status,
  );
}

function contentType(response: Response): string {
  return response.headers.get('content-type')?.trim() ?? '';
}

/** What may be the reason that a server can't be reached, and what to do. */
export function unreachable(url: string, error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const detail = [messageOf(error), ...(cause instanceof Error && cause.message ? [cause.message] : [])].join(
    ': ',
  );
  const start = `${url} could not be reached (${detail})`;
  if (builtin('node:os')) {
    const proxy = environment('HTTPS_PROXY') ?? environment('https_proxy');
    const advice = proxy ? '; for HTTPS_PROXY to be used, set NODE_USE_ENV_PROXY=1 (Node 24 or newer)' : '';
    return `${start}: check the network and the address${advice}`;
  }
  return (
    `${start}: the network is down, the address is wrong, its server sends no Access-Control-Allow-Origin (CORS), ` +
    `or the page forbids it (connect-src of its Content-Security-Policy, or Cross-Origin-Embedder-Policy)`
  );
}

function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Seconds, or a date; undefined if it is neither. */
function parseRetryAfter(value: string | null): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
