/**
 * What went wrong, as a word that a program can branch on:
 *
 * - `network`: a file could not be had (no connection, 404, a web page instead of the file …)
 * - `integrity`: the bytes arrived, but are not the ones that were promised
 * - `format`: the bytes are not a model that this version reads
 * - `unsupported`: this browser, or this kind of model, can't be used
 * - `quota`: the browser gave no room for the cache
 * - `worker-lost`: a Web Worker ended before it answered
 * - `state`: the call makes no sense at this moment
 */
export type EdgeBertErrorCode =
  'network' | 'integrity' | 'format' | 'unsupported' | 'quota' | 'worker-lost' | 'state';

const CODES: ReadonlySet<string> = new Set<EdgeBertErrorCode>([
  'network',
  'integrity',
  'format',
  'unsupported',
  'quota',
  'worker-lost',
  'state',
]);

/**
 * Every failure that is not a wrong argument (those are `TypeError` and `RangeError`) and not an
 * abort (those are the platform's `AbortError`).
 */
export class EdgeBertError extends Error {
  readonly code: EdgeBertErrorCode;

  constructor(code: EdgeBertErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EdgeBertError';
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * What the engine throws, as an EdgeBertError. A trap can't be told from any other by its type
 * alone, so it is named as what it is: the end of that engine.
 */
export function fromEngine(thrown: unknown): unknown {
  if (thrown instanceof EdgeBertError) return thrown;
  if (thrown instanceof Error) {
    const code: unknown = (thrown as { code?: unknown }).code;
    if (typeof code === 'string' && CODES.has(code)) {
      return new EdgeBertError(code as EdgeBertErrorCode, thrown.message, { cause: thrown });
    }
  }
  if (thrown instanceof WebAssembly.RuntimeError) {
    return new EdgeBertError(
      'state',
      `The engine stopped (${thrown.message}), most likely for want of memory; load the model again.`,
      { cause: thrown },
    );
  }
  return thrown;
}

/** Runs `call` on the engine, so that whatever it throws reaches the caller as an EdgeBertError. */
export function engineCall<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw fromEngine(thrown);
  }
}
