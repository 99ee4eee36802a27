import { calibrationPlace } from '../engine/calibration-script.js';
import type { Verify } from '../engine/engine-loader.js';
import type { EngineInfo } from '../engine/types.js';
import type { ModelSink } from '../loading/types.js';
import type { Bytes, KernelFinding, NamedText } from '../shared/types.js';
import type { WorkerClient } from './worker-client.js';

let copies = 0;

/** A number for a copy that is read out of a worker, unlike those of all others. */
export function nextCopy(): number {
  return copies++;
}

/** Streams a model into the engines of several workers at once: each byte is loaded once for all. */
export class BroadcastLoader implements ModelSink {
  readonly #workers: readonly WorkerClient[];
  readonly #ready: Promise<unknown>;
  readonly #verify: Verify;
  readonly #copy = nextCopy();
  #failed = false;
  #sent: Promise<unknown> = Promise.resolve();
  #verified = false;
  #info: EngineInfo | undefined;
  #finding: KernelFinding | undefined;

  /**
   * `ready` settles when the workers' engines are; until then, what comes before the bytes can go
   * on.
   */
  constructor(workers: readonly WorkerClient[], ready: Promise<unknown>, verify: Verify) {
    this.#workers = workers;
    this.#ready = ready;
    this.#verify = verify;
    // Avoids an unhandled rejection; `begin` rethrows it.
    ready.catch(() => (this.#failed = true));
  }

  /** After `finish`: what the engines say of the model. */
  get info(): EngineInfo | undefined {
    return this.#info;
  }

  /** After `begin`: what the first worker found about the kernels. */
  get finding(): KernelFinding | undefined {
    return this.#finding;
  }

  get engineFailed(): boolean {
    return this.#failed;
  }

  async begin(files: Iterable<NamedText>, remembered?: KernelFinding): Promise<KernelFinding | undefined> {
    await this.#ready;
    await this.#sent.catch(() => {});
    // What was wrong with another file is no concern of this one.
    this.#sent = Promise.resolve();
    this.#verified = false;
    const list = [...files];
    // The first worker tries the kernels for all of them: trials side by side would be in each other's way.
    const [first, ...others] = this.#workers;
    this.#finding = await first?.call('begin', { files: list, remembered });
    const begin = { files: list, remembered: this.#finding };
    await Promise.all(others.map((worker) => worker.call('begin', begin)));
    await this.#look();
    return this.#finding;
  }

  async push(piece: Bytes, checksum?: number): Promise<void> {
    // While the workers take in one piece, the next one arrives.
    await this.#sent;
    this.#sent = Promise.all(
      this.#workers.map((worker, index) => {
        const own = index === this.#workers.length - 1 ? piece : piece.slice();
        return worker.call('push', { piece: own, checksum }, [own.buffer]);
      }),
    );
    // Avoids an unhandled rejection; the next call rethrows it.
    this.#sent.catch(() => {});
    if (this.#verified) return;
    await this.#sent;
    await this.#look();
  }

  async finish(): Promise<void> {
    await this.#sent;
    const infos = await Promise.all(this.#workers.map((worker) => worker.call('finish', {})));
    this.#info = infos[0];
  }

  /** int8 models have one worker while they load. */
  async calibrate(original: readonly Bytes[]): Promise<boolean> {
    const input = { original, place: calibrationPlace() };
    const buffers = original.map(({ buffer }) => buffer);
    const { done, info } = await this.#workers[0]!.call('calibrate', input, buffers);
    this.#info = info;
    return done;
  }

  async exportPiece(): Promise<Bytes | undefined> {
    return this.#workers[0]?.call('exportPiece', { copy: this.#copy });
  }

  async exportHeader(hashes: string[]): Promise<Bytes> {
    return this.#workers[0]!.call('exportHeader', { copy: this.#copy, hashes });
  }
  /** As the engine's own loader does: another model than was wanted is refused as soon as that shows. */
  async #look(): Promise<void> {
    const outline = await this.#workers[0]?.call('outline', {});
    if (!outline) return;
    this.#verified = true;
    const maxLength = this.#verify(outline);
    if (maxLength === undefined) return;
    await Promise.all(this.#workers.map((worker) => worker.call('limit', { maxLength })));
  }
}
