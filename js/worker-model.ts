import { checkLoadOptions, checkModelType } from './arguments.js';
import { throwIfAborted } from './abort.js';
import { EdgeBertError, messageOf } from './errors.js';
import { Pool } from './pool.js';
import { compileEngine } from './runtime.js';
import { checkText, checkTexts, describe } from './texts.js';
import type {
  EncodeOptions,
  ModelFiles,
  ModelInfo,
  WorkerLoadOptions,
  WorkerPretrainedOptions,
} from './types.js';
import { knownLoader, type ModelLoader } from './weights/load.js';
import { pretrainedLoader } from './weights/pretrained.js';
import type { WasmModelType } from './weights/registry.js';
import { WorkerClient } from './worker-client.js';
import { WorkersSink } from './workers-sink.js';

/** A model in Web Workers: the page stays free while texts are encoded. */
export class WorkerModel {
  readonly #pool: Pool;
  /** What this model is. */
  readonly info: ModelInfo;

  private constructor(pool: Pool, info: ModelInfo) {
    this.#pool = pool;
    this.info = info;
  }

  /**
   * Loads one of the models that edgebert knows by name, once for all workers: from the cache
   * where it is there, else over the network, and into the cache for the next visit.
   *
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_type(
    type: WasmModelType,
    options: WorkerLoadOptions = {},
  ): Promise<WorkerModel> {
    checkModelType(type);
    checkLoadOptions(options);
    return WorkerModel.#load(options, knownLoader(type, options));
  }

  /**
   * Loads any BERT sentence-embedding model, with what its own files say of pooling, length and
   * prompts; see `WasmModel.from_pretrained`.
   *
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: WorkerPretrainedOptions = {},
  ): Promise<WorkerModel> {
    checkLoadOptions(options);
    return WorkerModel.#load(options, pretrainedLoader(source, options));
  }

  static async #load(
    options: WorkerPretrainedOptions,
    load: ModelLoader,
  ): Promise<WorkerModel> {
    const count = checkWorkers(options.workers);
    throwIfAborted(options.signal);
    // Ends the load when the caller does, and when there is no worker any more to load into.
    const loading = new AbortController();
    const onAbort = () => loading.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort);
    let lose: (error: EdgeBertError) => void = () => {};
    const lost = new Promise<never>((_, reject) => (lose = reject));
    // After the load, nobody waits for it any more.
    lost.catch(() => {});
    let pool: Pool | undefined;
    const workers = Array.from({ length: count }, () => {
      const client: WorkerClient = new WorkerClient(startWorker(options.workerUrl), (error) => {
        lose(error);
        pool?.remove(client, error);
      });
      return client;
    });
    try {
      const sink = new WorkersSink(workers, startEngines(workers, options), options.maxLength);
      await Promise.race([load(sink, loading.signal), lost]);
      const info = sink.info!;
      pool = new Pool(workers, info.dimension, info.maxLength);
      return new WorkerModel(pool, info);
    } catch (error) {
      loading.abort();
      for (const worker of workers) worker.terminate();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Turns texts into vectors, without holding up the page.
   *
   * @param texts any number of texts; those longer than `maxLength` word pieces are cut
   * @param normalize whether each vector is scaled to length 1 (the default), so that a dot
   * product is a cosine
   * @returns the vectors one after the other: `texts.length × dimension` numbers. A text's vector
   * is the same, bit for bit, whatever texts are beside it and whichever worker made it.
   * @throws AbortError when `options.signal` aborts, EdgeBertError `worker-lost` when a worker
   * that had some of the texts ended.
   */
  async encode(
    texts: readonly string[],
    normalize = true,
    options: EncodeOptions = {},
  ): Promise<Float32Array> {
    checkTexts(texts);
    throwIfAborted(options.signal);
    return this.#pool.encode(texts, normalize, options);
  }

  /** The ids of a text's word pieces, with [CLS] and [SEP], not cut to `maxLength`. */
  async tokenize(text: string): Promise<Uint32Array> {
    checkText('tokenize', text);
    return this.#pool.any().call('tokenize', { text });
  }

  /** How many word pieces a text has, with [CLS] and [SEP]; beyond `maxLength` it is cut. */
  async countTokens(text: string): Promise<number> {
    checkText('countTokens', text);
    return this.#pool.any().call('countTokens', { text });
  }

  /** Length of one vector. */
  get dimension(): number {
    return this.info.dimension;
  }

  /** Longest text in word pieces, [CLS] and [SEP] included; longer ones are cut. */
  get maxLength(): number {
    return this.info.maxLength;
  }

  /** Ends the workers and gives their memory back. Whatever waits rejects with `worker-lost`. */
  terminate(): void {
    this.#pool.close(
      new EdgeBertError('worker-lost', 'This model was terminated; load it again to use it'),
    );
  }
}

function startWorker(workerUrl: string | URL | undefined): Worker {
  try {
    // Bundlers look for exactly this expression.
    return workerUrl === undefined
      ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
      : new Worker(workerUrl, { type: 'module' });
  } catch (error) {
    throw new EdgeBertError(
      'unsupported',
      `A Web Worker can't be started here: ${messageOf(error).replace(/\.*$/, '')}. ` +
        "Its script must come from the page's own origin; `workerUrl` says where it is.",
      { cause: error },
    );
  }
}

async function startEngines(
  workers: readonly WorkerClient[],
  options: WorkerPretrainedOptions,
): Promise<void> {
  const module = await compileEngine(options);
  const precision = options.precision ?? 'int8';
  await Promise.all(workers.map((worker) => worker.call('start', { module, precision })));
}

function checkWorkers(workers: number | undefined): number {
  if (workers === undefined) return 1;
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new TypeError(`\`workers\` is a whole number from 1 on, not ${describe(workers)}`);
}
