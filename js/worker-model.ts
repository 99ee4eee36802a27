import { abortable, throwIfAborted } from './abort.js';
import { checkChoice, checkLoadOptions, checkModelType } from './arguments.js';
import { builtin } from './builtin.js';
import { chunkOptions, chunksOf } from './chunks.js';
import { asyncDispose, dispose } from './dispose.js';
import { EdgeBertError } from './errors.js';
import { keptFiles } from './kept-files.js';
import { Pool } from './pool.js';
import { Recruiter, type LoaderFor } from './recruiter.js';
import { streamVectors } from './stream.js';
import { checkText, checkTexts, describe } from './texts.js';
import type {
  Chunk,
  ChunkOptions,
  EncodeOptions,
  EncodeStreamOptions,
  ModelFiles,
  ModelInfo,
  TokensWithOffsets,
  WorkerLoadOptions,
  WorkerPretrainedOptions,
} from './types.js';
import { isModelFiles } from './weights/given.js';
import { knownLoader } from './weights/load.js';
import { pretrainedLoader } from './weights/pretrained.js';
import type { WasmModelType } from './weights/registry.js';

/** `auto` starts no more: each worker has a copy of the model. */
const MOST_AUTO = 4;
const PRIORITIES = ['interactive', 'bulk'];

/**
 * A model in Web Workers (under Node, in threads): the page stays free while texts are encoded.
 *
 * Workers beyond the first start when there is enough for them to do. Each copies the model from
 * one that has it, so that its bytes are fetched once. A worker that ends rejects the calls whose
 * texts it had, and is replaced.
 */
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
    return WorkerModel.#load(options, (options) => knownLoader(type, options));
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
    const kept = isModelFiles(source) ? await abortable(keptFiles(source), options.signal) : source;
    return WorkerModel.#load(options, (options) => pretrainedLoader(kept, options));
  }

  static async #load(
    options: WorkerPretrainedOptions,
    loaderFor: LoaderFor,
  ): Promise<WorkerModel> {
    const most = numberOfWorkers(options.workers);
    throwIfAborted(options.signal);
    const recruiter = new Recruiter(options, loaderFor);
    const { workers, info } = await recruiter.first(most);
    const pool = new Pool(workers, most, info, (from, signal) => recruiter.another(from, signal));
    return new WorkerModel(pool, info);
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
    checkChoice('priority', options.priority, PRIORITIES);
    throwIfAborted(options.signal);
    return this.#pool.encode(texts, normalize, options);
  }

  /**
   * Turns any number of texts into vectors, as they come from a file or a database: one
   * Float32Array of `dimension` numbers for each text, in order. Reads a few hundred texts ahead at
   * most, and no further until the vectors are taken; leaving the loop closes the source.
   *
   * @throws AbortError when `options.signal` aborts, TypeError for what is no string, whatever the
   * source throws, EdgeBertError `worker-lost` when a worker that had some of the texts ended.
   */
  encodeStream(
    texts: AsyncIterable<string> | Iterable<string>,
    options: EncodeStreamOptions = {},
  ): AsyncGenerator<Float32Array, void, undefined> {
    const { normalize = true, priority = 'bulk', signal } = options;
    checkChoice('priority', priority, PRIORITIES);
    const encode = (batch: string[], signal: AbortSignal) =>
      this.#pool.encode(batch, normalize, { priority, signal });
    // One batch for each worker, and one for each to go on with.
    return streamVectors(texts, encode, this.dimension, 2 * this.#pool.most, signal);
  }

  /** The ids of a text's word pieces, with [CLS] and [SEP], not cut to `maxLength`. */
  async tokenize(text: string): Promise<Uint32Array> {
    checkText('tokenize', text);
    return this.#pool.ask('tokenize', { text });
  }

  /** The word pieces of a text with their places in it, as Hugging Face's tokenizers give them. */
  async tokenizeWithOffsets(text: string): Promise<TokensWithOffsets> {
    checkText('tokenizeWithOffsets', text);
    return this.#pool.ask('tokenizeWithOffsets', { text });
  }

  /**
   * Cuts a long text into parts that each fit the model, at the ends of sentences or words where
   * there are any. Together they cover the text.
   *
   * @throws EdgeBertError `unsupported` where `maxTokens` is too small for a single character.
   */
  async chunk(text: string, options: ChunkOptions = {}): Promise<Chunk[]> {
    checkText('chunk', text);
    const { maxTokens, overlap } = chunkOptions(options, this.maxLength);
    return chunksOf(text, await this.#pool.ask('chunk', { text, maxTokens, overlap }));
  }

  /** How many word pieces a text has, with [CLS] and [SEP]; beyond `maxLength` it is cut. */
  async countTokens(text: string): Promise<number> {
    checkText('countTokens', text);
    return this.#pool.ask('countTokens', { text });
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

  /** `terminate`, for `using model = …`. */
  [dispose](): void {
    this.terminate();
  }

  /** `terminate`, for `await using model = …`. */
  async [asyncDispose](): Promise<void> {
    this.terminate();
  }
}

/** As many as were asked for; `auto` leaves one core to the page, and the memory of a few copies. */
function numberOfWorkers(workers: number | 'auto' | undefined): number {
  if (workers === undefined) return 1;
  if (workers === 'auto') {
    const cores = builtin('node:os')?.availableParallelism() ?? navigator.hardwareConcurrency;
    return Math.min(Math.max(cores - 1, 1), MOST_AUTO);
  }
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new TypeError(`\`workers\` is a whole number from 1 on or 'auto', not ${describe(workers)}`);
}
