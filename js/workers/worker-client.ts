import { EdgeBertError } from '../shared/errors.js';
import type { CallName, Calls, Reply, Request, WireError } from './protocol.js';
import { startThread, type Thread } from './spawn.js';
import type { KernelChoice, Precision } from '../shared/types.js';

/** Milliseconds between two looks at a worker whose end can't be seen otherwise. */
const TICK = 1_000;
/** Ticks without an answer after which such a worker is given up: far more than any one call takes. */
const SILENCE = 60;

/** Milliseconds in which a worker gives up the GPU. */
const LAST_WORDS = 500;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One worker, as something to call. Every call settles, whatever becomes of the worker. */
export class WorkerClient {
  /** Told once, when the worker fails; not when it is terminated. */
  onLost: (error: EdgeBertError) => void = () => {};
  /** Told once, when the worker has given up the GPU. */
  onGpuShut: (reason: string) => void = () => {};
  readonly #thread: Thread;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended = new AbortController();
  readonly #held: Promise<void>;
  #nextId = 0;
  #lost: EdgeBertError | undefined;
  #watched = false;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #silence = 0;
  #hasGpu = false;

  /** @throws EdgeBertError `unsupported` where no worker can be started. */
  constructor(workerUrl: string | URL | undefined) {
    this.#thread = startThread(workerUrl, {
      reply: (reply) => this.#settle(reply),
      failed: (reason) => this.#fail(lost(reason), true),
    });
    const locks = lockManager();
    this.#held = locks ? this.#hold(locks).catch(() => {}) : Promise.resolve();
  }

  /** Gives the worker its engine; the first call of all. */
  async start(module: WebAssembly.Module, precision: Precision, kernel: KernelChoice): Promise<void> {
    // From here on, the worker's end is noticed at once.
    await this.#held;
    return this.call('start', { module, precision, kernel });
  }

  /** Whether the worker still answers. */
  get alive(): boolean {
    return this.#lost === undefined;
  }

  /** Asks the worker. `transfer` lists buffers that move there. */
  call<Name extends CallName>(
    name: Name,
    input: Calls[Name]['in'],
    transfer: Transferable[] = [],
  ): Promise<Calls[Name]['out']> {
    return new Promise<Calls[Name]['out']>((resolve, reject) => {
      if (this.#lost) throw this.#lost;
      const id = this.#nextId++;
      if (name === 'openGpu') this.#hasGpu = true;
      this.#thread.post({ id, call: name, ...input } as Request, transfer);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      if (this.#waiting.size === 1) this.#listen();
    });
  }

  /** Ends the worker at once; calls that wait reject with `error`. */
  terminate(error = lost('it was terminated')): void {
    this.#fail(error, false);
  }

  #settle(reply: Reply): void {
    if ('shut' in reply) this.onGpuShut(reply.shut);
    const waiting = this.#waiting.get(reply.id);
    if (!waiting || 'shut' in reply) return;
    this.#silence = 0;
    if ('error' in reply && reply.error.trapped) {
      this.#fail(lost(reply.error.message), true);
      return;
    }
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#rest();
    if ('error' in reply) waiting.reject(fromWire(reply.error));
    else waiting.resolve(reply.value);
  }

  /** A worker may end without any event: its lock is then free, and comes to the page. */
  async #hold(locks: LockManager): Promise<void> {
    const lock = `edgebert-worker:${crypto.randomUUID()}`;
    if (!(await this.call('hold', { lock }))) return;
    this.#watched = true;
    this.#stopTicking();
    locks
      .request(lock, { signal: this.#ended.signal }, () => this.#fail(lost('it ended'), true))
      .catch(() => (this.#watched = false));
  }

  #listen(): void {
    this.#thread.hold(true);
    if (this.#watched) return;
    // Ticks rather than time: while a machine sleeps, neither side does anything.
    this.#silence = 0;
    this.#ticking = setInterval(() => {
      if (++this.#silence >= SILENCE)
        this.#fail(lost(`no answer for ${(SILENCE * TICK) / 1000} seconds`), true);
    }, TICK);
  }

  #rest(): void {
    this.#thread.hold(false);
    this.#stopTicking();
  }

  #stopTicking(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #fail(error: EdgeBertError, tell: boolean): void {
    if (this.#lost) return;
    this.#lost = error;
    this.#ended.abort();
    this.#rest();
    if (this.#hasGpu) {
      // The worker gives the GPU up itself, if it still can.
      this.#thread.post({ id: this.#nextId++, call: 'closeGpu' }, []);
      setTimeout(() => this.#thread.terminate(), LAST_WORDS);
    } else this.#thread.terminate();
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    if (tell) this.onLost(error);
  }
}

/** Undefined where the context is not secure, or too strange to have locks. */
function lockManager(): LockManager | undefined {
  // Node tells of a thread's end by itself.
  if (typeof Worker === 'undefined') return undefined;
  try {
    return globalThis.navigator?.locks;
  } catch {
    return undefined;
  }
}

function lost(reason: string): EdgeBertError {
  return new EdgeBertError('worker-lost', `A worker failed: ${reason}`);
}

function fromWire(wire: WireError): Error {
  if (wire.code) return new EdgeBertError(wire.code, wire.message);
  const error = new Error(wire.message);
  error.name = wire.name;
  return error;
}
