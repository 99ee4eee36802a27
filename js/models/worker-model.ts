import type { WasmModelType } from '../loading/registry.js';
import type { ModelFiles } from '../loading/types.js';
import { checkText } from '../shared/checks.js';
import { streamVectors } from '../workers/encode-stream.js';
import type { WorkerLoadOptions, WorkerPretrainedOptions } from '../workers/types.js';
import { chunksOf } from './chunking.js';
import { openPool, type OpenedPool } from './open-model.js';
import {
  checkChunk,
  checkEncode,
  checkEncodeKind,
  checkEncodeStream,
  type EncodeRequest,
} from './options.js';
import { PooledModel } from './pooled-model.js';
import { documentPrompt } from './prompts.js';
import type { Chunk, ChunkOptions, EncodeOptions, EncodeStreamOptions, TextOptions } from './types.js';

/**
 * A model in Web Workers (threads under Node) that turns texts into vectors, so that the page stays
 * responsive.
 *
 * Workers beyond the first start when there is enough work. Each copies the model from one that has
 * it, so its bytes are downloaded once. A worker that crashes rejects the calls whose texts it had,
 * and is replaced.
 *
 * @example
 * const model = await WorkerModel.fromType('MiniLML6V2');
 * const vectors = rows(await model.encode(['How do I reset my password?']), model.dimension);
 */
export class WorkerModel extends PooledModel {
  /** The lengths of the prompt for documents and of an empty text, which never change. */
  #chunkTokens: Promise<[prompt: number, special: number]> | undefined;

  private constructor(opened: OpenedPool) {
    super(opened);
  }

  /**
   * Loads one of the models that edgebert knows by name, once for all workers: from the cache, or
   * else over the network and into the cache for the next visit.
   *
   * @param type a value of `WasmModelType`, or its name
   * @throws TypeError or RangeError for wrong options; EdgeBertError `network`, `integrity`, `format`,
   * `unsupported` or `worker-lost`, see {@link EdgeBertErrorCode}; `options.signal.reason` when that
   * aborts
   */
  static async from_type(
    type: WasmModelType | string,
    options: WorkerLoadOptions = {},
  ): Promise<WorkerModel> {
    return new WorkerModel(await openPool('from_type', 'embedding', type, options));
  }

  /**
   * Loads any BERT sentence-embedding model, with the pooling, length and prompts that its files
   * specify; see `WasmModel.from_pretrained`.
   *
   * @throws as `from_type`
   */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: WorkerPretrainedOptions = {},
  ): Promise<WorkerModel> {
    return new WorkerModel(await openPool('from_pretrained', 'embedding', source, options));
  }

  /** `from_type` by another name. */
  static fromType(type: WasmModelType | string, options: WorkerLoadOptions = {}): Promise<WorkerModel> {
    return WorkerModel.from_type(type, options);
  }

  /** `from_pretrained` by another name. */
  static fromPretrained(
    source: string | URL | ModelFiles,
    options: WorkerPretrainedOptions = {},
  ): Promise<WorkerModel> {
    return WorkerModel.from_pretrained(source, options);
  }

  /**
   * Turns texts into vectors without blocking the page.
   *
   * @param texts any number of texts; those longer than `maxLength` tokens are truncated
   * @param normalize whether each vector is scaled to length 1 (default true), so that a dot product
   * is a cosine; or the options
   * @returns the vectors one after the other: `texts.length × dimension` numbers. A text's vector is
   * the same, bit for bit, whatever texts are beside it and whichever worker made it.
   * @throws TypeError for an argument of the wrong type, an unknown option, or a prompt that the model
   * doesn't have; RangeError for a `dimension` beyond the model's; `options.signal.reason` when that
   * aborts; EdgeBertError `worker-lost` when a worker that had some of the texts crashed, `state`
   * after `terminate`
   */
  encode(texts: readonly string[], normalize?: boolean, options?: EncodeOptions): Promise<Float32Array>;
  encode(texts: readonly string[], options: EncodeOptions): Promise<Float32Array>;
  async encode(
    texts: readonly string[],
    normalize?: boolean | EncodeOptions,
    options?: EncodeOptions,
  ): Promise<Float32Array> {
    return this.#encode(checkEncode(this.info, texts, normalize, options));
  }

  /**
   * Turns a search query, or several, into vectors: `encode` with the model's prompt for queries, if
   * it has one.
   */
  async encodeQuery(texts: string | readonly string[], options: TextOptions = {}): Promise<Float32Array> {
    return this.#encode(checkEncodeKind(this.info, 'query', texts, options));
  }

  /** Turns the texts that are searched into vectors: as `encodeQuery`, with their own prompt. */
  async encodeDocuments(texts: readonly string[], options: TextOptions = {}): Promise<Float32Array> {
    return this.#encode(checkEncodeKind(this.info, 'document', texts, options));
  }

  /**
   * Turns any number of texts into vectors, as they come from a file or a database: one Float32Array
   * of `dimension` numbers for each text, in order. It reads a few hundred texts ahead at most, and
   * no further until the vectors are taken. Leaving the loop closes the source.
   *
   * @throws as `encode`; TypeError for an element that is not a string; whatever the source throws
   */
  encodeStream(
    texts: AsyncIterable<string> | Iterable<string>,
    options: EncodeStreamOptions = {},
  ): AsyncGenerator<Float32Array, void, undefined> {
    const { settings, signal, ...work } = checkEncodeStream(this.info, options);
    const encode = (batch: string[], signal: AbortSignal) =>
      this.#encode({ ...work, settings, texts: batch, signal });
    // Two batches for each worker: one that runs and one that waits.
    return streamVectors(texts, encode, settings.dimension, 2 * this.pool.most, signal);
  }

  /**
   * Cuts a long text into parts that each fit the model, at the ends of sentences or words where
   * possible. Together they cover the text, and they fit with the prompt of `encodeDocuments` too.
   *
   * @throws RangeError for `maxTokens` beyond the model's positions, or too few for a text, and for an
   * `overlap` that leaves no room; EdgeBertError `unsupported` where `maxTokens` is too small for a single
   * character
   */
  async chunk(text: string, options: ChunkOptions = {}): Promise<Chunk[]> {
    checkText('chunk', text);
    this.#chunkTokens ??= Promise.all([
      this.countTokens(documentPrompt(this.info)),
      this.countTokens(''),
    ]).catch((error: unknown) => {
      this.#chunkTokens = undefined;
      throw error;
    });
    const { maxTokens, overlap } = checkChunk(
      options,
      this.info,
      this.maxLength,
      ...(await this.#chunkTokens),
    );
    return chunksOf(text, await this.pool.ask('chunk', { text, maxTokens, overlap }));
  }

  /** Numbers in one vector. */
  get dimension(): number {
    return this.info.dimension;
  }

  #encode({ texts, settings, ...work }: EncodeRequest): Promise<Float32Array> {
    const { dimension, prompt } = settings;
    return this.pool.run(
      { call: 'encode', input: { settings }, width: dimension, beside: prompt.length },
      texts,
      work,
    );
  }
}
