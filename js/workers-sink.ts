import type { Bytes, ModelInfo } from './types.js';
import type { ModelSink, NamedText } from './weights/sink.js';
import type { WorkerClient } from './worker-client.js';

/**
 * Streams a model into the engines of several workers at once: each byte is had once, and goes
 * to all of them.
 */
export class WorkersSink implements ModelSink {
  readonly #workers: readonly WorkerClient[];
  readonly #ready: Promise<unknown>;
  readonly #maxLength: number | undefined;
  #sent: Promise<unknown> = Promise.resolve();
  #info: ModelInfo | undefined;

  /** `ready` settles when the workers' engines are; until then, what comes before the bytes can go on. */
  constructor(
    workers: readonly WorkerClient[],
    ready: Promise<unknown>,
    maxLength: number | undefined,
  ) {
    this.#workers = workers;
    this.#ready = ready;
    this.#maxLength = maxLength;
    // Whoever begins hears of the failure.
    ready.catch(() => {});
  }

  /** After `finish`: what the model is. */
  get info(): ModelInfo | undefined {
    return this.#info;
  }

  async begin(files: Iterable<NamedText>): Promise<void> {
    await this.#ready;
    await this.#sent.catch(() => {});
    const list = [...files];
    await Promise.all(this.#workers.map((worker) => worker.call('begin', { files: list })));
  }

  async push(piece: Bytes): Promise<void> {
    // While the workers take in one piece, the next one arrives.
    await this.#sent;
    this.#sent = Promise.all(
      this.#workers.map((worker, index) => {
        const own = index === this.#workers.length - 1 ? piece : piece.slice();
        return worker.call('push', { piece: own }, [own.buffer]);
      }),
    );
    // Whoever awaits it next hears of a failure.
    this.#sent.catch(() => {});
  }

  async finish(): Promise<void> {
    await this.#sent;
    const maxLength = this.#maxLength;
    const infos = await Promise.all(
      this.#workers.map((worker) => worker.call('finish', { maxLength })),
    );
    this.#info = infos[0];
  }

  async exportPiece(): Promise<Bytes | undefined> {
    return this.#workers[0]?.call('exportPiece', {});
  }

  async exportHeader(hashes: string[]): Promise<Bytes> {
    return this.#workers[0]!.call('exportHeader', { hashes });
  }
}
