import { assets } from '../engine/assets.js';
import { builtin } from '../shared/node.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { moduleWorker } from '../engine/module-worker.js';
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

/**
 * Starts `worker.js`.
 *
 * @throws EdgeBertError `unsupported` where there are no workers, or this one is not allowed.
 */
export function startThread(workerUrl: string | URL | undefined, listener: ThreadListener): Thread {
  const threads = typeof Worker === 'undefined' ? builtin('node:worker_threads') : undefined;
  try {
    return threads
      ? // Without the process's own flags, some of which a thread refuses.
        startNodeThread(new threads.Worker(scriptAddress(workerUrl), { execArgv: [] }), listener)
      : startWebWorker(workerUrl, listener);
  } catch (error) {
    const reason = messageOf(error).replace(/\.*$/, '');
    const advice =
      typeof Worker === 'undefined' && !threads ? 'WasmModel works without.' : assets().workerAdvice;
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

/** The address of the worker's script for a message; an embedded script has none worth showing. */
function shown(workerUrl: string | URL | undefined): string {
  const { href } = scriptAddress(workerUrl, location.href);
  return /^(data|blob):/.test(href) ? '' : ` ${href}`;
}

function scriptAddress(workerUrl: string | URL | undefined, base = assets().scriptUrl): URL {
  return workerUrl === undefined ? assets().workerScript() : new URL(workerUrl, base);
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
