import { initSync, type Engine } from '../pkg/edgebert.js';
import { EngineSink } from './engine-sink.js';
import { EdgeBertError, engineCall, fromEngine } from './errors.js';
import type { Calls, Reply, Request, WireError } from './protocol.js';
import type { ModelInfo } from './types.js';

/** The part of a dedicated worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
let sink: EngineSink | undefined;
let engine: Engine | undefined;
/** Requests are answered one after the other, though some steps are asynchronous. */
let last = Promise.resolve();

scope.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};

async function answer(request: Request): Promise<void> {
  try {
    const value = await perform(request);
    const buffer = ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [];
    scope.postMessage({ id: request.id, value }, buffer);
  } catch (error) {
    scope.postMessage({ id: request.id, error: toWire(error) }, []);
  }
}

async function perform(request: Request): Promise<Calls[keyof Calls]['out']> {
  switch (request.call) {
    case 'start':
      engineCall(() => initSync({ module: request.module }));
      sink = new EngineSink(request.precision, Promise.resolve());
      return undefined;
    case 'begin':
      return begun().begin(request.files);
    case 'push':
      return begun().push(request.piece);
    case 'finish':
      return finish(begun(), request.maxLength);
    case 'exportPiece':
      return begun().exportPiece();
    case 'exportHeader':
      return begun().exportHeader(request.hashes);
    case 'encode':
      return engineCall(() => loaded().encode(request.texts, request.normalize)) as Float32Array<ArrayBuffer>;
    case 'tokenize':
      return engineCall(() => loaded().tokenize(request.text)) as Uint32Array<ArrayBuffer>;
    case 'countTokens':
      return engineCall(() => loaded().countTokens(request.text));
  }
}

function finish(loading: EngineSink, maxLength: number | undefined): ModelInfo {
  loading.finish();
  if (maxLength !== undefined) loading.limit(maxLength);
  engine = loading.engine;
  return JSON.parse(engine.info()) as ModelInfo;
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
  if (error instanceof EdgeBertError) return { code: error.code, name: error.name, message: error.message };
  if (error instanceof Error) return { code: undefined, name: error.name, message: error.message };
  return { code: undefined, name: 'Error', message: String(error) };
}
