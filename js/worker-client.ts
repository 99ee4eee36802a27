import { EdgeBertError } from './errors.js';
import type { CallName, Calls, Reply, WireError } from './protocol.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One worker, as something to call. Every call settles, whatever becomes of the worker. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #lost: EdgeBertError | undefined;

  /** `onLost` is told once, when the worker fails; not when it is terminated. */
  constructor(worker: Worker, onLost?: (error: EdgeBertError) => void) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const where = event.filename ? ` at ${event.filename}:${event.lineno}` : '';
      // A script that can't be loaded, or isn't allowed to, gives an event without a message.
      const reason = event.message
        ? `${event.message}${where}`
        : "its script could not be loaded; check `workerUrl` and the Content-Security-Policy's worker-src";
      this.#fail(new EdgeBertError('worker-lost', `A worker failed: ${reason}`), onLost);
    };
    worker.onmessageerror = () => {
      const error = new EdgeBertError('worker-lost', "A worker sent a message that can't be read");
      this.#fail(error, onLost);
    };
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
      this.#worker.postMessage({ id, call: name, ...input }, transfer);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Ends the worker at once; calls that wait reject with `worker-lost`. */
  terminate(): void {
    this.#fail(new EdgeBertError('worker-lost', 'The worker was terminated'));
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(fromWire(reply.error));
    else waiting?.resolve(reply.value);
  }

  #fail(error: EdgeBertError, onLost?: (error: EdgeBertError) => void): void {
    if (this.#lost) return;
    this.#lost = error;
    this.#worker.terminate();
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    onLost?.(error);
  }
}

function fromWire(wire: WireError): Error {
  if (wire.code) return new EdgeBertError(wire.code, wire.message);
  const error = new Error(wire.message);
  error.name = wire.name;
  return error;
}
