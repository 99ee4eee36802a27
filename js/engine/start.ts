import instantiate, { __wbg_reset_state as instantiateAgain, initSync } from '../../pkg/edgebert.js';
import { assets } from './assets.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { notify } from '../shared/notify.js';
import { platformFetch } from '../shared/platform-fetch.js';
import { checkOptions, isAddress, isAnything, type Checks } from '../shared/checks.js';
import { crashCount, engineCall } from './engine-call.js';
import { checkSimd, policyError } from './features.js';
import { fullUrl } from './full-url.js';
import { isWebPage, unreachable, webPageError } from '../loading/http.js';
import type { LoadOptions } from '../loading/types.js';
import type { Bytes } from '../shared/types.js';
import type { CompiledModule, InitOptions } from './types.js';

let compiling: Promise<WebAssembly.Module> | undefined;
let starting: Promise<void> | undefined;
let ready = false;
/** Where the engine is from: its address, or what it came in. */
let origin: string | undefined;

const INIT: Checks<InitOptions> = { wasmUrl: isAddress, module: isAnything };

/**
 * Prepares the engine on this thread. Calling it is optional, since loading a model does the same,
 * except before `new WasmModel(…)`. Further calls do nothing; after a failure the next one tries again.
 *
 * @throws TypeError for an unknown option; EdgeBertError `unsupported` without WebAssembly SIMD or
 * reference types, `network` when the engine's file could not be loaded, `state` for a `wasmUrl` when the
 * engine was loaded from another address
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkOptions('init', options, INIT);
  const problem = lateAddress(options.wasmUrl);
  if (problem) throw problem;
  await startEngine(options, options.module);
}

/** The options of a load that the engine itself depends on. */
interface EngineOptions {
  readonly wasmUrl?: LoadOptions['wasmUrl'] | undefined;
  readonly onWarning?: LoadOptions['onWarning'] | undefined;
}

/**
 * Prepares the engine on this thread for a model, whose options were checked. A `wasmUrl` that comes too
 * late is a warning: there is an engine that works.
 *
 * @internal
 */
export async function startEngine(options: EngineOptions, module?: InitOptions['module']): Promise<void> {
  noteLateAddress(options);
  starting ??= compileEngine(options.wasmUrl, module)
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

/**
 * Warns of a model's `wasmUrl` that is not used, because the engine was loaded from another address.
 *
 * @internal
 */
export function noteLateAddress({ wasmUrl, onWarning }: EngineOptions): void {
  const problem = lateAddress(wasmUrl);
  if (problem) notify(onWarning, problem);
}

function lateAddress(wasmUrl: string | URL | undefined): EdgeBertError | undefined {
  if (wasmUrl === undefined || compiling === undefined) return undefined;
  const url = fullUrl(wasmUrl, 'wasmUrl');
  if (url === origin) return undefined;
  return new EdgeBertError(
    'state',
    `\`wasmUrl\` is not used: the engine was loaded from ${origin} already, not from ${url}. Give every call the same.`,
  );
}

/** Starts the engine of a worker, which gets it compiled. */
export function startCompiled(module: CompiledModule): void {
  engineCall(() => initSync({ module }));
  ready = true;
}

/** Whether `init` has finished. */
export function isReady(): boolean {
  return ready;
}

/** How many crashes there were before the instance that is running. */
let instance = 0;

/**
 * Replaces an instance that has crashed, with all that was in it.
 *
 * @throws EdgeBertError `state` where there is no memory for another one
 */
export function renewEngine(): void {
  const crashes = crashCount();
  if (instance === crashes) return;
  try {
    instantiateAgain();
  } catch (error) {
    throw new EdgeBertError(
      'state',
      `The WebAssembly engine crashed and could not be started again: ${messageOf(error)}. Reload the page, or ` +
        'restart the process.',
      { cause: error },
    );
  }
  instance = crashes;
}

/**
 * The compiled engine, once for this thread and all workers. Failures are not remembered.
 *
 * @internal
 */
export async function compileEngine(
  wasmUrl?: string | URL,
  module?: InitOptions['module'],
): Promise<WebAssembly.Module> {
  checkSimd();
  compiling ??= module ? given(module) : fetchEngine(wasmUrl);
  const attempt = compiling;
  try {
    return await attempt;
  } catch (error) {
    if (compiling === attempt) compiling = undefined;
    throw error;
  }
}

async function given(module: NonNullable<InitOptions['module']>): Promise<WebAssembly.Module> {
  origin = 'a compiled module';
  return module;
}

async function fetchEngine(wasmUrl: string | URL | undefined): Promise<WebAssembly.Module> {
  const source = wasmUrl === undefined ? assets().engine() : new URL(fullUrl(wasmUrl, 'wasmUrl'));
  origin = source instanceof URL ? source.href : 'the script';
  if (source instanceof URL) return compileWasm(source, 'engine', assets().engineAdvice);
  return compile(await source, 'engine', 'The engine inside the script');
}

/**
 * Compiles a wasm file of this package: the engine, or another one that `what` names. `advice` says what to
 * do if it could not be loaded.
 *
 * @internal
 */
export async function compileWasm(url: URL, what: string, advice: string): Promise<WebAssembly.Module> {
  return compile(await fetchWasm(url, what, advice), what, url.href);
}

async function fetchWasm(url: URL, what: string, advice: string): Promise<Bytes | Response> {
  let response: Response;
  try {
    response = await platformFetch(url);
  } catch (error) {
    throw new EdgeBertError('network', `The ${what} could not be loaded: ${unreachable(url.href, error)}`, {
      cause: error,
    });
  }
  if (!response.ok) {
    const status = `${response.status} ${response.statusText}`.trimEnd();
    throw new EdgeBertError(
      'network',
      `The ${what} could not be loaded: ${url.href} answered ${status}. ${advice}`,
    );
  }
  if (isWebPage(response)) throw webPageError(url.href, response, advice);
  // Streaming compilation requires this content type, which many static servers do not send.
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/wasm' && 'compileStreaming' in WebAssembly) return response;
  return new Uint8Array(await response.arrayBuffer());
}

async function compile(source: Bytes | Response, what: string, place: string): Promise<WebAssembly.Module> {
  try {
    return source instanceof Uint8Array
      ? await WebAssembly.compile(source)
      : await WebAssembly.compileStreaming(source);
  } catch (error) {
    const forbidden = policyError(error);
    if (forbidden) throw forbidden;
    const message = messageOf(error);
    if (/disallowed by embedder/i.test(message)) {
      throw new EdgeBertError(
        'unsupported',
        'This runtime compiles no WebAssembly while it runs: import edgebert/edgebert_bg.wasm as a module, and give ' +
          'it to `init({ module })` first. The workerd entry of the package does so.',
        { cause: error },
      );
    }
    throw new EdgeBertError('format', `${place} is not edgebert's ${what}: ${message}`, {
      cause: error,
    });
  }
}
