import type { ModelInfo, Bytes } from './types.js';
import type { ModelSink } from './weights/sink.js';
import type { WorkerClient } from './worker-client.js';

/**
 * Streams a model into the engines of several workers at once: each byte is had once, and goes
 * to all of them.
 */
export class WorkersSink implements ModelSink {
  readonly #workers: readonly WorkerClient[];
  readonly #maxLength: number | undefined;
  #sent: Promise<unknown> = Promise.resolve();
  #info: ModelInfo | undefined;

  constructor(workers: readonly WorkerClient[], maxLength: number | undefined) {
    this.#workers = workers;
    this.#maxLength = maxLength;
  }

  /** After `finish`: what the model is. */
  get info(): ModelInfo | undefined {
    return this.#info;
  }

  async begin(files: Iterable<readonly [name: string, text: string]>): Promise<void> {
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
