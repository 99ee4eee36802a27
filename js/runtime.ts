import instantiate from '../pkg/edgebert.js';
import { EdgeBertError, messageOf } from './errors.js';
import { platformFetch } from './platform-fetch.js';
import { isWebPage, webPageError } from './weights/http.js';
import type { Bytes, InitOptions } from './types.js';

/** A module with one function, which uses one SIMD128 instruction: valid only where there is SIMD. */
const SIMD_PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type: () -> v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of that type
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // i32.const 0, i8x16.splat, end
);

let compiling: Promise<WebAssembly.Module> | undefined;
let starting: Promise<void> | undefined;
let ready = false;

/**
 * Gets the engine ready on this thread. Calling it is optional (the models' loaders do it), except
 * before `new WasmModel(…)`. Calling it again, or twice at once, does the work once; after a
 * failure the next call tries again.
 *
 * @throws EdgeBertError `unsupported` without WebAssembly SIMD, `network` when the engine's file
 * can't be had.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  starting ??= compileEngine(options)
    .then((module) => instantiate({ module_or_path: module }))
    .then(() => {
      ready = true;
    });
  const attempt = starting;
  try {
    await attempt;
  } catch (error) {
    if (starting === attempt) starting = undefined;
    throw error;
  }
}

/** Whether `init` has finished. */
export function isReady(): boolean {
  return ready;
}

/** The compiled engine, once for this thread and all workers. Failures are not remembered. */
export async function compileEngine(options: InitOptions = {}): Promise<WebAssembly.Module> {
  checkSimd();
  compiling ??= options.module ? Promise.resolve(options.module) : fetchEngine(options.wasmUrl);
  const attempt = compiling;
  try {
    return await attempt;
  } catch (error) {
    if (compiling === attempt) compiling = undefined;
    throw error;
  }
}

function checkSimd(): void {
  if (typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_PROBE)) return;
  const missing = typeof WebAssembly === 'object' ? 'WebAssembly SIMD' : 'WebAssembly';
  throw new EdgeBertError(
    'unsupported',
    `edgebert needs ${missing}, which is not there. Chrome and Edge have it from version 91, ` +
      `Firefox from 89 and Safari from 16.4 (unless a setting such as Lockdown Mode turns it off).`,
  );
}

async function fetchEngine(wasmUrl: string | URL | undefined): Promise<WebAssembly.Module> {
  const url =
    wasmUrl === undefined
      ? new URL('./edgebert_bg.wasm', import.meta.url)
      : new URL(wasmUrl, globalThis.location?.href ?? import.meta.url);
  return compile(await fetchBytes(url), url);
}

async function fetchBytes(url: URL): Promise<Bytes | Response> {
  const advice =
    "Serve edgebert_bg.wasm beside the package's script, or give its address as `wasmUrl`.";
  let response: Response;
  try {
    response = await platformFetch(url);
  } catch (error) {
    throw new EdgeBertError(
      'network',
      `The engine ${url.href} can't be fetched: ${messageOf(error)}. ${advice}`,
      { cause: error },
    );
  }
  if (!response.ok) {
    const status = `${response.status} ${response.statusText}`.trimEnd();
    throw new EdgeBertError(
      'network',
      `The engine ${url.href} can't be fetched: the answer is ${status}. ${advice}`,
    );
  }
  if (isWebPage(response)) throw webPageError(url.href, response, advice);
  // Streaming compilation insists on the right content type; many a static server sends another.
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/wasm' && 'compileStreaming' in WebAssembly) return response;
  return new Uint8Array(await response.arrayBuffer());
}

async function compile(source: Bytes | Response, url: URL): Promise<WebAssembly.Module> {
  try {
    return source instanceof Uint8Array
      ? await WebAssembly.compile(source)
      : await WebAssembly.compileStreaming(source);
  } catch (error) {
    const message = messageOf(error);
    if (/unsafe-eval|Content.Security.Policy/i.test(message)) {
      throw new EdgeBertError(
        'unsupported',
        `The page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src.`,
        { cause: error },
      );
    }
    throw new EdgeBertError('format', `${url.href} is not edgebert's engine: ${message}`, {
      cause: error,
    });
  }
}
