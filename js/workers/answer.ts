import type { Engine } from '../engine/engine-loader.js';
import { crashCount, engineCall, fromEngine, isCrash, release } from '../engine/engine-call.js';
import { EngineLoader } from '../engine/engine-loader.js';
import { encode, score } from '../engine/run.js';
import { startCompiled } from '../engine/start.js';
import type { GpuLane, openLane } from '../webgpu/lane.js';
import type { Work } from '../webgpu/types.js';
import type { EngineInfo, TokensWithOffsets, TextSpan } from '../engine/types.js';
import { EdgeBertError } from '../shared/errors.js';
import type { Answer, Calls, Reply, Request, WireError } from './protocol.js';

/** A worker's side of the protocol. */
export interface Answering {
  /**
   * Requests are answered one after the other, though some take asynchronous steps; but for those of the
   * GPU, which wait for it while the engine answers others.
   */
  receive(request: Request): void;
  /** Frees the model. */
  dispose(): void;
}

/** Answers requests with one model on this thread; `send` gets the replies. */
export function answering(send: (reply: Reply, transfer: ArrayBuffer[]) => void): Answering {
  let loader: EngineLoader | undefined;
  /** Copies of the model that are being read; see `exportPiece`. */
  const copies = new Map<number, ReturnType<Engine['exporter']>>();
  const crashes = crashCount();
  let last = Promise.resolve();
  let lane: GpuLane | undefined;
  /** What the engine had counted when the last answer was given. */
  let counts = { truncated: 0, tokens: 0 };

  const begun = () => loader ?? noModel();
  const loaded = () => begun().engine;

  const finish = (): EngineInfo => {
    begun().finish();
    return begun().info;
  };

  const count = () => {
    const { truncated, tokens } = loaded();
    counts = { truncated, tokens };
  };

  /** With what the engine has counted since the last answer: pieces for a GPU overlap. */
  const counted = (numbers: Float32Array): Answer => {
    const before = counts;
    count();
    return {
      numbers,
      truncated: counts.truncated - before.truncated,
      tokens: counts.tokens - before.tokens,
    };
  };

  const exporter = (copy: number) => {
    let found = copies.get(copy);
    if (!found) copies.set(copy, (found = loaded().exporter()));
    return found;
  };

  const end = (copy: number): void => {
    release(copies.get(copy), crashes);
    copies.delete(copy);
  };

  const header = (copy: number, hashes: string[]) => {
    try {
      return exporter(copy).header(hashes) as Uint8Array<ArrayBuffer>;
    } finally {
      end(copy);
    }
  };

  const onWasm = (work: Work) =>
    'query' in work ? score(loaded(), work.query, work.texts) : encode(loaded(), work.texts, work.settings);

  const openGpu = async ({ module, trial }: Calls['openGpu']['in']): Promise<number> => {
    // An address that only this page knows: bundlers have put the file there, and leave the import alone.
    const script = (await import(/* webpackIgnore: true */ /* @vite-ignore */ module)) as {
      openLane: typeof openLane;
    };
    const onShut = (shut: string) => {
      lane = undefined;
      send({ id: -1, shut }, []);
    };
    lane = await script.openLane({ engine: loaded(), onWasm, onShut }, trial);
    // Texts of a trial are encoded again.
    count();
    return lane?.rate ?? 0;
  };

  const perform = async (request: Request): Promise<Calls[keyof Calls]['out']> => {
    switch (request.call) {
      case 'hold':
        return holdLock(request.lock);
      case 'start':
        startCompiled(request.module);
        loader = new EngineLoader(request.precision, Promise.resolve(), undefined, request.kernel);
        return;
      case 'begin':
        return begun().begin(request.files, request.remembered);
      case 'push':
        return begun().push(request.piece, request.checksum);
      case 'outline':
        return begun().outline;
      case 'calibrate': {
        const done = await begun().calibrate(request.original, request.place);
        return { done, info: begun().info };
      }
      case 'limit':
        return begun().limit(request.maxLength);
      case 'finish':
        return finish();
      case 'exportPiece':
        return engineCall(() => exporter(request.copy).next(loaded()) as Uint8Array<ArrayBuffer> | undefined);
      case 'exportHeader':
        return engineCall(() => header(request.copy, request.hashes));
      case 'exportEnd':
        return end(request.copy);
      case 'encode':
      case 'score':
        return counted(await (request.gpu && lane ? lane.run(request) : onWasm(request)));
      case 'openGpu':
        return openGpu(request);
      case 'closeGpu':
        return lane?.end();
      case 'tokenize':
        return engineCall(() => loaded().tokenize(request.text)) as Uint32Array<ArrayBuffer>;
      case 'countTokens':
        return engineCall(() => loaded().countTokens(request.text));
      case 'tokenizeWithOffsets':
        return engineCall(() => loaded().tokenizeWithOffsets(request.text)) as TokensWithOffsets;
      case 'chunk': {
        const { text, maxTokens, overlap } = request;
        return engineCall(() => loaded().chunk(text, maxTokens, overlap)) as TextSpan[];
      }
    }
  };

  const answer = async (request: Request): Promise<void> => {
    try {
      const value = await perform(request);
      const numbers = typeof value === 'object' && 'numbers' in value ? value.numbers : value;
      const buffers = ArrayBuffer.isView(numbers) ? [numbers.buffer as ArrayBuffer] : [];
      send({ id: request.id, value }, buffers);
    } catch (error) {
      send({ id: request.id, error: toWire(error) }, []);
    }
  };

  return {
    receive: (request) => {
      const answered = last.then(() => answer(request));
      const isOfGpu = 'gpu' in request ? request.gpu : request.call === 'openGpu';
      if (!isOfGpu) last = answered;
    },
    dispose: () => {
      for (const copy of [...copies.keys()]) end(copy);
      loader?.dispose();
      loader = undefined;
    },
  };
}

/** Holds a Web Lock, so that a page that waits for the lock notices when this worker ends. */
function holdLock(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise<never>(() => {});
    };
    navigator.locks.request(name, held).catch(() => resolve(false));
  });
}

function noModel(): never {
  throw new EdgeBertError('state', 'The worker has no model yet');
}

function toWire(thrown: unknown): WireError {
  const error = fromEngine(thrown);
  const code = error instanceof EdgeBertError ? error.code : undefined;
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  return { code, name, message, trapped: isCrash(cause) };
}
