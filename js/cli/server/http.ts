import type { IncomingMessage, ServerResponse } from 'node:http';

/** Most bytes of a request's body. */
const LARGEST_BODY = 32 << 20;

/** A request that is answered with an error, in the form that OpenAI's clients understand. */
export class HttpError extends Error {
  readonly status: number;
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * Reads a JSON object from a request.
 *
 * @throws HttpError 400, 413 or 415. Requiring JSON's media type also keeps web pages of other
 * origins out: a browser asks the server first before it sends such a request.
 */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpError(415, `the content type must be application/json (received ${type ?? 'none'})`);
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new HttpError(415, `the content encoding ${encoding} is not supported`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new HttpError(413, `the body is larger than ${LARGEST_BODY >> 20} MiB`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    throw new HttpError(400, `the body is not JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new HttpError(400, 'the body must be a JSON object');
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

export function send(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.destroyed) return;
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

export function sendError(response: ServerResponse, error: HttpError): void {
  if (response.destroyed || response.headersSent) return;
  if (error.retryAfter !== undefined) response.setHeader('retry-after', error.retryAfter);
  const type = error.status < 500 ? 'invalid_request_error' : 'server_error';
  sendJson(response, error.status, { error: { message: error.message, type, param: null, code: null } });
}

/** A signal that aborts when the client leaves before it has its answer. */
export function abortOnDisconnect(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** A field that may be left out, or null. */
export function optional<T>(
  body: Record<string, unknown>,
  name: string,
  kind: string,
  is: (value: unknown) => value is T,
): T | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined || is(value)) return value as T | undefined;
  throw new HttpError(400, `\`${name}\` must be ${kind}`);
}

export const isString = (value: unknown): value is string => typeof value === 'string';
export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
export const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
