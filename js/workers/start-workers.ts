import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { Profile } from '../models/expectations.js';
import { compileEngine } from '../engine/start.js';
import type { ModelInfo } from '../models/types.js';
import type { WorkerPretrainedOptions } from './types.js';
import type { ModelLoader } from '../loading/types.js';
import { sha256 } from '../shared/sha256.js';
import type { ModelSink } from '../loading/types.js';
import { WorkerClient } from './worker-client.js';
import { WorkersSink } from './broadcast-loader.js';
import type { Bytes } from '../shared/types.js';

/** Makes the loader again, for other options. */
export type LoaderFor = (options: WorkerPretrainedOptions) => ModelLoader;

type Bring = (sink: ModelSink, signal: AbortSignal) => Promise<unknown>;

/**
 * Starts workers and brings the model into them. Whoever loads waits for the first one only; the
 * others come later, and have the model from the first, so that its bytes are fetched once
 * wherever they came from. A float32 model can't be copied that way: it goes to all at once.
 */
export class Recruiter {
  readonly #options: WorkerPretrainedOptions;
  readonly #profile: Profile;
  readonly #loaderFor: LoaderFor;

  constructor(options: WorkerPretrainedOptions, profile: Profile, loaderFor: LoaderFor) {
    this.#options = options;
    this.#profile = profile;
    this.#loaderFor = loaderFor;
  }

  /** The workers to begin with, one of `most` or all of them, and what the model is. */
  async first(most: number): Promise<{ workers: WorkerClient[]; info: ModelInfo }> {
    const count = this.#options.precision === 'f32' ? most : 1;
    return this.#start(count, this.#loaderFor(this.#options), this.#options.signal);
  }

  /** One more: from a worker that has the model, else from where the first one had it. */
  async another(from: WorkerClient | undefined, signal: AbortSignal): Promise<WorkerClient> {
    try {
      if (from && this.#options.precision !== 'f32') {
        try {
          return await this.#one((sink) => copy(from, sink), signal);
        } catch (error) {
          if (from.alive || signal.aborted) throw error;
        }
      }
      // The progress of the load is what the caller asked for, and that load is over.
      const { onProgress, signal: spent, ...options } = this.#options;
      return await this.#one(this.#loaderFor(options), signal);
    } catch (error) {
      if (!signal.aborted) this.#warn(error);
      throw error;
    }
  }

  async #one(bring: Bring, signal: AbortSignal): Promise<WorkerClient> {
    const { workers } = await this.#start(1, bring, signal);
    return workers[0]!;
  }

  async #start(
    count: number,
    bring: Bring,
    signal: AbortSignal | undefined,
  ): Promise<{ workers: WorkerClient[]; info: ModelInfo }> {
    // Ends the load when the caller does, and when there is no worker any more to load into.
    const loading = new AbortController();
    const onAbort = () => loading.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    let lose: (error: EdgeBertError) => void = () => {};
    const lost = new Promise<never>((_, reject) => (lose = reject));
    // After the load, nobody waits for it any more.
    lost.catch(() => {});
    const workers: WorkerClient[] = [];
    try {
      for (let index = 0; index < count; index++) {
        const worker = new WorkerClient(this.#options.workerUrl);
        worker.onLost = lose;
        workers.push(worker);
      }
      const sink = new WorkersSink(workers, this.#startEngines(workers), this.#profile);
      await Promise.race([bring(sink, loading.signal), lost]);
      return { workers, info: this.#profile.complete(sink.info!) };
    } catch (error) {
      loading.abort();
      for (const worker of workers) worker.terminate();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #startEngines(workers: readonly WorkerClient[]): Promise<void> {
    const module = await compileEngine(this.#options);
    const precision = this.#options.precision ?? 'int8';
    await Promise.all(workers.map((worker) => worker.start(module, precision)));
  }

  #warn(error: unknown): void {
    const warning = new EdgeBertError(
      'worker-lost',
      `Another worker could not be started: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
    this.#options.onWarning?.(warning);
  }
}

/** Reads the packed file out of one worker, and into the sink. */
async function copy(from: WorkerClient, sink: ModelSink): Promise<void> {
  const pieces: Bytes[] = [];
  const hashes: string[] = [];
  for (;;) {
    const piece = await from.call('exportPiece', {});
    if (!piece) break;
    hashes.push(await sha256(piece));
    pieces.push(piece);
  }
  const header = await from.call('exportHeader', { hashes });
  await sink.begin([]);
  await sink.push(header);
  for (const piece of pieces) await sink.push(piece);
  await sink.finish();
}
