/**
 * What went wrong, as a word that a program can branch on:
 *
 * - `network`: a file could not be loaded (no connection, 404, a web page instead of the file …)
 * - `integrity`: the bytes arrived, but their hash is not the expected one
 * - `format`: the bytes are not a model that this version reads
 * - `unsupported`: this browser or this kind of model is not supported
 * - `quota`: the browser's storage has no room left
 * - `worker-lost`: a Web Worker crashed before it answered
 * - `state`: the call is not possible now, for instance after `free()`
 */
export type EdgeBertErrorCode =
  'network' | 'integrity' | 'format' | 'unsupported' | 'quota' | 'worker-lost' | 'state';

const CODES: readonly unknown[] = [
  'network',
  'integrity',
  'format',
  'unsupported',
  'quota',
  'worker-lost',
  'state',
] satisfies EdgeBertErrorCode[];

/** Whether a value is one of the codes. */
export function isErrorCode(code: unknown): code is EdgeBertErrorCode {
  return CODES.includes(code);
}

/**
 * Every failure that is not a wrong argument (those are `TypeError` and `RangeError`) and not an
 * abort (those reject with `signal.reason`, by default the platform's `AbortError`).
 */
export class EdgeBertError extends Error {
  /** What went wrong; see {@link EdgeBertErrorCode}. */
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
