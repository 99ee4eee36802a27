import { assets } from '../engine/assets.js';
import { fullUrl } from '../engine/full-url.js';
import { builtin } from '../shared/node.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { moduleWorker } from '../engine/module-worker.js';
import type { answering } from './answer.js';
import type { Reply, Request } from './protocol.js';

/** A worker of either kind: a Web Worker, or one of Node's threads. */
export interface Thread {
  post(request: Request, transfer: Transferable[]): void;
  /** Whether somebody waits for it; if nobody does, it keeps no process alive. */
  hold(waiting: boolean): void;
  terminate(): void;
}

/** What a thread tells. */
export interface ThreadListener {
  reply(reply: Reply): void;
  /** Its end, or something after which it can't be trusted; `reason` is half a sentence. */
  failed(reason: string): void;
}

const NO_WORKERS =
  "`import 'edgebert/this-thread'` has this thread do the work; on a page, WasmModel does without workers.";

/** Answers requests on this thread; undefined in bundles that have only what workers need. */
let answer: typeof answering | undefined;

/** Has this thread do the work where there are no workers. */
export function allowThisThread(here: typeof answering): void {
  answer = here;
}

/**
 * Whether a model's work is done by other threads. A page cannot do without them; in a shared or service
 * worker without workers of its own, nobody waits for this thread.
 */
export function hasThreads(): boolean {
  const isPage = typeof document !== 'undefined';
  return typeof Worker !== 'undefined' || nodeThreads() !== undefined || isPage || !answer;
}

function nodeThreads(): typeof import('node:worker_threads') | undefined {
  // workerd has the module, but no threads.
  const isWorkerd = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
  return typeof Worker === 'undefined' && !isWorkerd ? builtin('node:worker_threads') : undefined;
}

/**
 * Starts `worker.js`, or does the work on this thread where there are no others.
 *
 * @throws EdgeBertError `unsupported` where there are no workers, or this one is not allowed.
 */
export function startThread(workerUrl: string | URL | undefined, listener: ThreadListener): Thread {
  if (answer && !hasThreads()) return startHere(answer, listener);
  const threads = nodeThreads();
  try {
    return threads
      ? // Without the process's own flags, some of which a thread refuses.
        startNodeThread(new threads.Worker(scriptAddress(workerUrl), { execArgv: [] }), listener)
      : startWebWorker(workerUrl, listener);
  } catch (error) {
    // A bundle that lacks the script's address, which says what to do.
    if (error instanceof EdgeBertError) throw error;
    const reason = messageOf(error).replace(/\.*$/, '');
    const advice = /Trusted|Sink type/.test(reason)
      ? 'The page requires Trusted Types: add `trusted-types edgebert` to its Content-Security-Policy.'
      : typeof Worker === 'undefined' && !threads
        ? NO_WORKERS
        : assets().workerAdvice;
    throw new EdgeBertError('unsupported', `A Web Worker can't be started here: ${reason}. ${advice}`, {
      cause: error,
    });
  }
}

function startWebWorker(workerUrl: string | URL | undefined, listener: ThreadListener): Thread {
  const worker = workerUrl === undefined ? assets().webWorker() : moduleWorker(workerUrl);
  worker.onmessage = ({ data }: MessageEvent<Reply>) => listener.reply(data);
  worker.onmessageerror = () => listener.failed("it sent a message that can't be read");
  worker.onerror = (event) => {
    event.preventDefault();
    const where = event.filename ? ` at ${event.filename}:${event.lineno}` : '';
    // A script that can't be loaded, or isn't allowed to, gives an event without a message.
    listener.failed(
      event.message
        ? `${event.message}${where}`
        : `its script${shown(workerUrl)} could not be loaded. ${assets().workerAdvice}`,
    );
  };
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    hold: () => {},
    terminate: () => worker.terminate(),
  };
}

/** Not a thread: each request is a task of its own, so that others get their turns in between. */
function startHere(answer: typeof answering, listener: ThreadListener): Thread {
  const { receive, dispose } = answer((reply) => listener.reply(reply));
  let ended = false;
  return {
    post(request) {
      // No buffer moves away here, so the sender may use it for the next piece.
      const own = request.call === 'push' ? { ...request, piece: request.piece.slice() } : request;
      setTimeout(() => ended || receive(own));
    },
    hold: () => {},
    terminate: () => {
      ended = true;
      dispose();
    },
  };
}

/** The address of the worker's script for a message; an embedded script has none worth showing. */
function shown(workerUrl: string | URL | undefined): string {
  const { href } = scriptAddress(workerUrl);
  return /^(data|blob):/.test(href) ? '' : ` ${href}`;
}

function scriptAddress(workerUrl: string | URL | undefined): URL {
  return workerUrl === undefined ? assets().workerScript() : new URL(fullUrl(workerUrl, 'workerUrl'));
}

function startNodeThread(worker: import('node:worker_threads').Worker, listener: ThreadListener): Thread {
  worker.on('message', (reply: Reply) => listener.reply(reply));
  worker.on('messageerror', () => listener.failed("it sent a message that can't be read"));
  worker.on('error', (error) => listener.failed(messageOf(error)));
  worker.on('exit', () => listener.failed('it ended'));
  worker.unref();
  return {
    post: (request, transfer) => worker.postMessage(request, transfer as ArrayBuffer[]),
    hold: (waiting) => (waiting ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}
