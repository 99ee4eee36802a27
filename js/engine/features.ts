import { EdgeBertError, messageOf } from '../shared/errors.js';

/**
 * A module with one function that takes an externref and uses one SIMD128 instruction: valid only
 * where the engine, whose bindings are built with reference types, would be.
 */
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x6f, 0x01, 0x7b], // type: (externref) -> v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of that type
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // i32.const 0, i8x16.splat, end
);

/** @throws EdgeBertError `unsupported` where a model cannot be loaded, whatever it is. */
export function checkPlatform(): void {
  checkSimd();
  if (typeof Response === 'function' && typeof TextDecoder === 'function') return;
  throw new EdgeBertError(
    'unsupported',
    'A model needs `Response` and `TextDecoder`, which are missing here (under Jest: `@jest-environment node`)',
  );
}

/** @throws EdgeBertError `unsupported` if WebAssembly, its SIMD or its reference types are missing. */
export function checkSimd(): void {
  const exists = typeof WebAssembly === 'object';
  if (exists && WebAssembly.validate(PROBE)) return;
  const missing = exists ? 'WebAssembly SIMD and reference types' : 'WebAssembly';
  throw new EdgeBertError(
    'unsupported',
    `edgebert needs ${missing}, which is missing here. Chrome and Edge have SIMD from version 91 and both ` +
      `from 96, Firefox from 89, Safari from 16.4. In a newer browser they are turned off by a setting (a disabled ` +
      `JIT, "enhanced security", Lockdown Mode), by a policy of the organization, or by a processor without SSE4.1.`,
  );
}

/** The error for a compilation that the page's policy forbids, undefined for any other failure. */
export function policyError(error: unknown): EdgeBertError | undefined {
  // Firefox writes CSP.
  if (!/unsafe-eval|Content.Security.Policy|\bCSP\b/i.test(messageOf(error))) return undefined;
  return new EdgeBertError(
    'unsupported',
    `The page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src.`,
    { cause: error },
  );
}
