import { Engine, Loader } from '../pkg/edgebert.js';
import { checkLoadOptions, checkMaxLength, checkModelType } from './arguments.js';
import { chunkOptions, chunksOf } from './chunks.js';
import { dispose } from './dispose.js';
import { EngineSink } from './engine-sink.js';
import { EdgeBertError, engineCall } from './errors.js';
import { init, isReady } from './runtime.js';
import { checkText, checkTexts, describe } from './texts.js';
import type {
  Chunk,
  ChunkOptions,
  LoadOptions,
  ModelFiles,
  ModelInfo,
  PretrainedOptions,
  TokensWithOffsets,
} from './types.js';
import { knownLoader, type ModelLoader } from './weights/load.js';
import { pretrainedLoader } from './weights/pretrained.js';
import type { WasmModelType } from './weights/registry.js';

/**
 * A model on this thread. Its methods are synchronous: they return when the work is done, and
 * nothing else happens on the thread in the meantime. For more than a few texts at a time on a
 * page, take `WorkerModel`.
 */
export class WasmModel {
  #engine: Engine | undefined;

  /**
   * A model from an original checkpoint's files, quantised to int8. Mean pooling and the default
   * length are assumed, since the files that would say so are not given.
   *
   * @param weights the bytes of `model.safetensors`
   * @param configJson the text of `config.json`
   * @param tokenizerJson the text of `tokenizer.json`
   * @throws EdgeBertError `state` before `init()` has finished; `format` or `unsupported` for files
   * that can't be read, with the name of the tensor or field.
   */
  constructor(weights: Uint8Array, configJson: string, tokenizerJson: string);
  constructor(source: Uint8Array | Engine, configJson?: string, tokenizerJson?: string) {
    this.#engine = source instanceof Engine ? source : readFiles(source, configJson, tokenizerJson);
  }

  /**
   * Loads one of the models that edgebert knows by name: from the cache where it is there, else
   * over the network, and into the cache for the next visit.
   *
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_type(type: WasmModelType, options: LoadOptions = {}): Promise<WasmModel> {
    checkModelType(type);
    checkLoadOptions(options);
    return WasmModel.#load(options, knownLoader(type, options));
  }

  /**
   * Loads any BERT sentence-embedding model, with what its own files say of pooling, length and
   * prompts.
   *
   * @param source the id of a model on the Hugging Face hub, such as `BAAI/bge-small-en-v1.5`; or
   * the address of a model's folder, or of a packed file (an address without a host begins with a
   * slash or a dot); or the model's files, which are not cached.
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: PretrainedOptions = {},
  ): Promise<WasmModel> {
    checkLoadOptions(options);
    return WasmModel.#load(options, pretrainedLoader(source, options));
  }

  static async #load(options: PretrainedOptions, load: ModelLoader): Promise<WasmModel> {
    const sink = new EngineSink(options.precision ?? 'int8', init(options));
    try {
      await load(sink, options.signal);
      if (options.maxLength !== undefined) sink.limit(options.maxLength);
      return new (WasmModel as unknown as new (engine: Engine) => WasmModel)(sink.take());
    } finally {
      sink.dispose();
    }
  }

  /**
   * Turns texts into vectors.
   *
   * @param texts any number of texts; those longer than `maxLength` word pieces are cut
   * @param normalize whether each vector is scaled to length 1 (the default), so that a dot
   * product is a cosine
   * @returns the vectors one after the other: `texts.length × dimension` numbers. A text's vector
   * is the same, bit for bit, whatever texts are beside it.
   */
  encode(texts: readonly string[], normalize = true): Float32Array {
    checkTexts(texts);
    const engine = this.#live;
    return engineCall(() => engine.encode(texts, normalize));
  }

  /** The ids of a text's word pieces, with [CLS] and [SEP], not cut to `maxLength`. */
  tokenize(text: string): Uint32Array {
    checkText('tokenize', text);
    const engine = this.#live;
    return engineCall(() => engine.tokenize(text));
  }

  /** How many word pieces a text has, with [CLS] and [SEP]; beyond `maxLength` it is cut. */
  countTokens(text: string): number {
    checkText('countTokens', text);
    const engine = this.#live;
    return engineCall(() => engine.countTokens(text));
  }

  /** The word pieces of a text with their places in it, as Hugging Face's tokenizers give them. */
  tokenizeWithOffsets(text: string): TokensWithOffsets {
    checkText('tokenizeWithOffsets', text);
    const engine = this.#live;
    return engineCall(() => engine.tokenizeWithOffsets(text)) as TokensWithOffsets;
  }

  /**
   * Cuts a long text into parts that each fit the model, at the ends of sentences or words where
   * there are any. Together they cover the text.
   *
   * @throws EdgeBertError `unsupported` where `maxTokens` is too small for a single character.
   */
  chunk(text: string, options: ChunkOptions = {}): Chunk[] {
    checkText('chunk', text);
    const { maxTokens, overlap } = chunkOptions(options, this.maxLength);
    const engine = this.#live;
    return chunksOf(text, engineCall(() => engine.chunk(text, maxTokens, overlap)));
  }

  /** Length of one vector. */
  get dimension(): number {
    return this.#live.dimension;
  }

  /**
   * Longest text in word pieces, [CLS] and [SEP] included; longer ones are cut. Can be set, up to
   * the model's number of positions.
   */
  get maxLength(): number {
    return this.#live.maxLength;
  }

  set maxLength(maxLength: number) {
    checkMaxLength(maxLength);
    const engine = this.#live;
    engineCall(() => (engine.maxLength = maxLength));
  }

  /** What this model is. */
  get info(): ModelInfo {
    const engine = this.#live;
    return JSON.parse(engineCall(() => engine.info())) as ModelInfo;
  }

  /** Gives the model's memory back. The model can't be used afterwards. */
  free(): void {
    this.#engine?.free();
    this.#engine = undefined;
  }

  /** `free`, for `using model = …`. */
  [dispose](): void {
    this.free();
  }

  get #live(): Engine {
    if (this.#engine) return this.#engine;
    throw new EdgeBertError('state', 'This model was freed; load it again to use it');
  }
}

function readFiles(weights: unknown, configJson: unknown, tokenizerJson: unknown): Engine {
  if (!(weights instanceof Uint8Array)) {
    throw new TypeError(`\`weights\` is a Uint8Array of model.safetensors, not ${describe(weights)}`);
  }
  if (typeof configJson !== 'string') {
    throw new TypeError(`\`configJson\` is the text of config.json, not ${describe(configJson)}`);
  }
  if (typeof tokenizerJson !== 'string') {
    throw new TypeError(
      `\`tokenizerJson\` is the text of tokenizer.json, not ${describe(tokenizerJson)}`,
    );
  }
  if (!isReady()) {
    throw new EdgeBertError('state', 'The engine is not ready: `await init()` before `new WasmModel(…)`');
  }
  return engineCall(() => {
    const loader = new Loader('int8');
    try {
      loader.file('config.json', configJson);
      loader.file('tokenizer.json', tokenizerJson);
      loader.push(weights);
    } catch (error) {
      loader.free();
      throw error;
    }
    return loader.finish();
  });
}
