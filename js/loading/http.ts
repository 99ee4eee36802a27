import { abortError, sleep, throwIfAborted } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';

/** How a request is made. */
export interface HttpOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
  /** What the browser's own HTTP cache may do. */
  readonly cache: RequestCache;
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

/** A connection that sends nothing for this long is given up and made anew. */
export const STALL = 30_000;
/** Waits before the second, third … attempt. */
const BACK_OFF = [400, 1200, 3000];
/** A server that asks for a longer pause is taken to be down. */
const LONGEST_PAUSE = 60_000;

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

/** Waits as long as attempt number `failures` should, or throws `error` when it was the last. */
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
 * Makes one request and checks what the answer says of itself. `from` asks for the bytes from that
 * offset on; the server may send the whole file nevertheless (status 200).
 *
 * @throws TransientError where another attempt may help, EdgeBertError `network` where not.
 */
export async function request(url: string, options: HttpOptions, from = 0): Promise<Response> {
  let response: Response;
  try {
    response = await options.fetch(url, {
      // Left out where it says nothing: not every runtime takes it.
      ...(options.cache !== 'default' && { cache: options.cache }),
      ...(from > 0 && { headers: { Range: `bytes=${from}-` } }),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (error) {
    if (options.signal?.aborted) throw abortError(options.signal);
    throw new TransientError(
      `${url} can't be reached (${messageOf(error)}): the network is down, the address is wrong, ` +
        `or its server doesn't let this page read it (CORS)`,
      { cause: error },
    );
  }
  try {
    checkAnswer(url, response, from);
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    throw error;
  }
  return response;
}

/** Throws unless the answer is a file's bytes, as far as its head tells. */
export function checkAnswer(url: string, response: Response, from = 0): void {
  const { status } = response;
  if (response.ok) {
    if (isWebPage(response)) throw webPageError(url, response);
    return;
  }
  if (status === 416) {
    throw new EdgeBertError('network', `${url} is too short: it has no byte number ${from}`);
  }
  const message = `${url} answered ${`${status} ${response.statusText}`.trimEnd()}`;
  const passes = status >= 500 || status === 429 || status === 408;
  if (!passes) throw new EdgeBertError('network', message);
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'));
  throw new TransientError(message, retryAfter === undefined ? {} : { retryAfter });
}

/** Fetches a text file. */
export async function requestText(url: string, options: HttpOptions): Promise<string> {
  return withRetries(async () => {
    const response = await withLimit(request(url, options), url, STALL);
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    try {
      for (;;) {
        const part = await (reader && withLimit(reader.read(), url, STALL));
        if (!part || part.done) return text + decoder.decode();
        text += decoder.decode(part.value, { stream: true });
      }
    } catch (error) {
      reader?.cancel().catch(() => {});
      if (options.signal?.aborted) throw abortError(options.signal);
      if (error instanceof TransientError) throw error;
      throw new TransientError(`${url} broke off (${messageOf(error)})`, { cause: error });
    }
  }, options.signal);
}

/** Settles as `work` does, or fails once `limit` milliseconds have gone by without its end. */
export async function withLimit<T>(work: Promise<T>, url: string, limit: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TransientError(`${url} sent nothing for ${limit / 1000} seconds`)),
      limit,
    );
  });
  try {
    return await Promise.race([work, stalled]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether an answer calls itself a web page, as servers do that send one for every address. */
export function isWebPage(response: Response): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(contentType(response));
}

/** The error for a web page in place of a file. */
export function webPageError(url: string, response: Response, advice?: string): EdgeBertError {
  const type = contentType(response);
  return new EdgeBertError(
    'network',
    `${url} answered ${response.status} with a web page (content type ${type || 'missing'}), not with the file. ` +
      (advice ??
        "Some servers send one for every address that they don't know; check that the file is there."),
  );
}

function contentType(response: Response): string {
  return response.headers.get('content-type')?.trim() ?? '';
}

function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Seconds, or a date; undefined when it is neither. */
function parseRetryAfter(value: string | null): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
