import { initSync, type Engine } from '../pkg/edgebert.js';
import { builtin } from './shared/node.js';
import { EngineSink } from './engine/engine-loader.js';
import { encode, score } from './engine/run.js';
import { EdgeBertError, engineCall, fromEngine } from './shared/errors.js';

import type { Calls, Reply, Request, WireError } from './workers/protocol.js';
import type { EngineInfo, TokensWithOffsets } from './engine/types.js';

/** The part of a dedicated worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage?(reply: Reply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
/** Node's threads have a port where Web Workers have their global scope. */
const port = scope.postMessage ? undefined : builtin('node:worker_threads')?.parentPort;
let sink: EngineSink | undefined;
let engine: Engine | undefined;
/** Requests are answered one after the other, though some steps are asynchronous. */
let last = Promise.resolve();

function receive(request: Request): void {
  last = last.then(() => answer(request));
}

if (port) port.on('message', receive);
else scope.onmessage = ({ data }) => receive(data);

function send(reply: Reply, transfer: ArrayBuffer[]): void {
  if (port) port.postMessage(reply, transfer);
  else scope.postMessage!(reply, transfer);
}

async function answer(request: Request): Promise<void> {
  try {
    const value = await perform(request);
    const buffer = ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [];
    send({ id: request.id, value }, buffer);
  } catch (error) {
    send({ id: request.id, error: toWire(error) }, []);
  }
}

async function perform(request: Request): Promise<Calls[keyof Calls]['out']> {
  switch (request.call) {
    case 'hold':
      return holdLock(request.lock);
    case 'start':
      engineCall(() => initSync({ module: request.module }));
      sink = new EngineSink(request.precision, Promise.resolve());
      return;
    case 'begin':
      return begun().begin(request.files);
    case 'push':
      return begun().push(request.piece);
    case 'finish':
      return finish(begun());
    case 'limit':
      return begun().limit(request.maxLength);
    case 'exportPiece':
      return begun().exportPiece();
    case 'exportHeader':
      return begun().exportHeader(request.hashes);
    case 'encode':
      return encode(loaded(), request.texts, request.normalize, request.prompt, request.dimension);
    case 'score':
      return score(loaded(), request.query, request.documents);
    case 'tokenize':
      return engineCall(() => loaded().tokenize(request.text)) as Uint32Array<ArrayBuffer>;
    case 'countTokens':
      return engineCall(() => loaded().countTokens(request.text));
    case 'tokenizeWithOffsets':
      return engineCall(() => loaded().tokenizeWithOffsets(request.text)) as TokensWithOffsets;
    case 'chunk': {
      const { text, maxTokens, overlap } = request;
      return engineCall(() => loaded().chunk(text, maxTokens, overlap)) as Uint32Array<ArrayBuffer>;
    }
  }
}

function finish(loading: EngineSink): EngineInfo {
  loading.finish();
  engine = loading.engine;
  return loading.info;
}

/** Takes a Web Lock and keeps it, so that whoever waits for it hears of this worker's end. */
function holdLock(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise<never>(() => {});
    };
    navigator.locks.request(name, held).catch(() => resolve(false));
  });
}

function begun(): EngineSink {
  return sink ?? fail();
}

function loaded(): Engine {
  return engine ?? fail();
}

function fail(): never {
  throw new EdgeBertError('state', 'The worker has no model yet');
}

function toWire(thrown: unknown): WireError {
  const error = fromEngine(thrown);
  const code = error instanceof EdgeBertError ? error.code : undefined;
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  return { code, name, message, trapped: cause instanceof WebAssembly.RuntimeError };
}
