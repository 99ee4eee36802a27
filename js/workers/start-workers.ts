import type { Verify } from '../engine/engine-loader.js';
import { compileEngine } from '../engine/start.js';
import type { EngineInfo } from '../engine/types.js';
import { loadSource, type ModelSource } from '../loading/model-source.js';
import type { LoadedModel, ModelSink } from '../loading/types.js';
import { onAbort, throwIfAborted } from '../shared/abort.js';
import { availableCores } from '../shared/cores.js';
import type { EdgeBertError } from '../shared/errors.js';
import { sha256 } from '../shared/sha256.js';
import type { Bytes, KernelFinding } from '../shared/types.js';
import { BroadcastLoader, nextCopy } from './broadcast-loader.js';
import type { Recruiter } from './pool.js';
import type { WorkerPretrainedOptions } from './types.js';
import { hasThreads } from './spawn.js';
import { WorkerClient } from './worker-client.js';

/** `auto` starts no more: each worker has a copy of the model. */
const MOST_AUTO = 4;

/** As many as were asked for; `auto` leaves one core to the page. One where there are no threads. */
export function numberOfWorkers(workers: number | 'auto' | undefined): number {
  if (!hasThreads()) return 1;
  if (workers !== 'auto') return workers ?? 1;
  return Math.min(Math.max(availableCores() - 1, 1), MOST_AUTO);
}

type Load<Found> = (sink: ModelSink, signal: AbortSignal) => Promise<Found>;

interface Started<Found> {
  readonly workers: WorkerClient[];
  readonly info: EngineInfo;
  readonly found: Found;
}

/**
 * Starts workers and loads the model into them. The caller waits for the first one only; the others
 * come later and copy the model from the first, so its bytes are downloaded once. A float32 model
 * can't be copied that way: it is loaded into all workers at once.
 */
export class WorkerStarter implements Recruiter {
  readonly #source: ModelSource;
  readonly #options: WorkerPretrainedOptions;
  readonly #verify: Verify;
  /** What the first worker found about the kernels: the next ones start while it is at work. */
  #finding: KernelFinding | undefined;

  constructor(source: ModelSource, options: WorkerPretrainedOptions, verify: Verify) {
    this.#source = source;
    this.#options = options;
    this.#verify = verify;
  }

  /** The workers to begin with, one of `most` or all of them, and what the model is. */
  async first(most: number): Promise<Started<LoadedModel>> {
    const { precision, signal } = this.#options;
    return this.#start(precision === 'f32' ? most : 1, this.#load(this.#options), signal);
  }

  /** One more: from a worker that has the model, else from where the first one had it. */
  async another(from: WorkerClient | undefined, signal: AbortSignal): Promise<WorkerClient> {
    if (from && this.#options.precision !== 'f32') {
      try {
        const finding = this.#finding;
        return await this.#one((sink, signal) => copy(from, sink, finding, signal), signal);
      } catch (error) {
        if (from.alive || signal.aborted) throw error;
      }
    }
    // The caller's progress and signal belong to a load that is over.
    const { onProgress, signal: spent, ...options } = this.#options;
    return this.#one(this.#load(options), signal);
  }

  #load(options: WorkerPretrainedOptions): Load<LoadedModel> {
    return (sink, signal) => loadSource(this.#source, options, sink, signal);
  }

  async #one(load: Load<unknown>, signal: AbortSignal): Promise<WorkerClient> {
    const { workers } = await this.#start(1, load, signal);
    return workers[0]!;
  }

  async #start<Found>(
    count: number,
    load: Load<Found>,
    signal: AbortSignal | undefined,
  ): Promise<Started<Found>> {
    // Ends the load when the caller does, and when there is no worker any more to load into.
    const loading = new AbortController();
    const forget = onAbort(signal, () => loading.abort(signal?.reason));
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
      const sink = new BroadcastLoader(workers, this.#startEngines(workers), this.#verify);
      const found = await Promise.race([load(sink, loading.signal), lost]);
      this.#finding ??= sink.finding;
      return { workers, info: sink.info!, found };
    } catch (error) {
      loading.abort();
      for (const worker of workers) worker.terminate();
      throw error;
    } finally {
      forget();
    }
  }

  async #startEngines(workers: readonly WorkerClient[]): Promise<void> {
    const module = await compileEngine(this.#options.wasmUrl);
    const { precision = 'int8', kernel = 'auto' } = this.#options;
    await Promise.all(workers.map((worker) => worker.start(module, precision, kernel)));
  }
}

/** Reads the packed file out of one worker, and into the sink. */
async function copy(
  from: WorkerClient,
  sink: ModelSink,
  finding: KernelFinding | undefined,
  signal: AbortSignal,
): Promise<void> {
  const copy = nextCopy();
  const pieces: Bytes[] = [];
  const hashes: string[] = [];
  try {
    for (;;) {
      throwIfAborted(signal);
      const piece = await from.call('exportPiece', { copy });
      if (!piece) break;
      hashes.push(await sha256(piece));
      pieces.push(piece);
    }
    const header = await from.call('exportHeader', { copy, hashes });
    await sink.begin([], finding);
    await sink.push(header);
    for (const piece of pieces) {
      throwIfAborted(signal);
      await sink.push(piece);
    }
    await sink.finish();
  } catch (error) {
    if (from.alive) from.call('exportEnd', { copy }).catch(() => {});
    throw error;
  }
}
