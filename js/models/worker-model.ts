import { abortable } from '../shared/abort.js';
import { checkLoadOptions, checkModelType } from './options.js';
import { chunkOptions, chunksOf } from './chunking.js';
import type { Work } from '../workers/job.js';
import type { Pool } from '../workers/pool.js';
import { checkWorkOptions, PoolModel, startPool } from './pooled-model.js';
import { Profile } from './expectations.js';
import { documentPrompt, promptFor, promptText } from './prompts.js';
import type { LoaderFor } from '../workers/start-workers.js';
import { streamVectors } from '../workers/encode-stream.js';
import { checkText, checkTexts } from '../shared/describe.js';
import type {
  Chunk,
  ChunkOptions,
  EncodeOptions,
  EncodeStreamOptions,
  ModelInfo,
  WorkerTextOptions,
} from './types.js';
import type { WorkerLoadOptions, WorkerPretrainedOptions } from '../workers/types.js';
import { checkDimension } from '../engine/truncation.js';
import { isModelFiles, rereadable } from '../loading/user-files.js';
import { loaderOf, sourceOf } from '../loading/model-source.js';
import type { WasmModelType } from '../loading/registry.js';
import type { ModelFiles } from '../loading/types.js';

/**
 * A model in Web Workers (under Node, in threads) that turns texts into vectors: the page stays
 * free in the meantime.
 *
 * Workers beyond the first start when there is enough for them to do. Each copies the model from
 * one that has it, so that its bytes are fetched once. A worker that ends rejects the calls whose
 * texts it had, and is replaced.
 */
export class WorkerModel extends PoolModel {
  private constructor(pool: Pool, info: ModelInfo) {
    super(pool, info);
  }

  /**
   * Loads one of the models that edgebert knows by name, once for all workers: from the cache
   * where it is there, else over the network, and into the cache for the next visit.
   *
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_type(type: WasmModelType, options: WorkerLoadOptions = {}): Promise<WorkerModel> {
    checkModelType(type, 'embedding');
    checkLoadOptions(options);
    const profile = Profile.ofType(type, options);
    return WorkerModel.#load(options, profile, (options) =>
      loaderOf({ kind: 'registry', model: type }, options),
    );
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
    const profile = Profile.ofSource(source, 'embedding', options);
    const kept = isModelFiles(source) ? await abortable(rereadable(source), options.signal) : source;
    return WorkerModel.#load(options, profile, (options) => loaderOf(sourceOf(kept), options));
  }

  static async #load(
    options: WorkerPretrainedOptions,
    profile: Profile,
    loaderFor: LoaderFor,
  ): Promise<WorkerModel> {
    const { pool, info } = await startPool(options, profile, loaderFor);
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
   * that had some of the texts ended, TypeError for a prompt that the model doesn't have.
   */
  async encode(
    texts: readonly string[],
    normalize = true,
    options: EncodeOptions = {},
  ): Promise<Float32Array> {
    checkTexts('encode', texts);
    return this.#encode(texts, normalize, options);
  }

  /**
   * Turns search queries into vectors: `encode` with the prompt that the model has for queries, if
   * it has one.
   */
  async encodeQuery(texts: readonly string[], options: WorkerTextOptions = {}): Promise<Float32Array> {
    checkTexts('encodeQuery', texts);
    const { normalize = true, ...rest } = options;
    return this.#encode(texts, normalize, { ...rest, prompt: promptFor(this.info, 'query') });
  }

  /** Turns the texts that are searched into vectors: as `encodeQuery`, with their own prompt. */
  async encodeDocuments(texts: readonly string[], options: WorkerTextOptions = {}): Promise<Float32Array> {
    checkTexts('encodeDocuments', texts);
    const { normalize = true, ...rest } = options;
    return this.#encode(texts, normalize, { ...rest, prompt: promptFor(this.info, 'document') });
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
    const { normalize = true, priority = 'bulk', signal, prompt } = options;
    const dimension = checkDimension(options.dimension, this.dimension);
    promptText(this.info, prompt);
    checkWorkOptions({ priority });
    const encode = (batch: string[], signal: AbortSignal) =>
      this.#encode(batch, normalize, { prompt, dimension, priority, signal });
    // One batch for each worker, and one for each to go on with.
    return streamVectors(texts, encode, dimension, 2 * this.pool.most, signal);
  }

  /**
   * Cuts a long text into parts that each fit the model, at the ends of sentences or words where
   * there are any. Together they cover the text, and fit with the prompt of `encodeDocuments` too.
   *
   * @throws EdgeBertError `unsupported` where `maxTokens` is too small for a single character.
   */
  async chunk(text: string, options: ChunkOptions = {}): Promise<Chunk[]> {
    checkText('chunk', text);
    const taken = await this.countTokens(documentPrompt(this.info));
    const { maxTokens, overlap } = chunkOptions(options, this.maxLength, taken);
    return chunksOf(text, await this.pool.ask('chunk', { text, maxTokens, overlap }));
  }

  /** Length of one vector. */
  get dimension(): number {
    return this.info.dimension;
  }

  async #encode(texts: readonly string[], normalize: boolean, options: EncodeOptions): Promise<Float32Array> {
    checkWorkOptions(options);
    const dimension = checkDimension(options.dimension, this.dimension);
    const prompt = promptText(this.info, options.prompt);
    const work: Work = {
      width: dimension,
      beside: prompt.length,
      on: (worker, texts) => worker.call('encode', { texts, normalize, prompt, dimension }),
    };
    return this.pool.run(texts, work, options);
  }
}
