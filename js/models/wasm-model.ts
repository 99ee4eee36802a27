import { EngineLoader } from '../engine/engine-loader.js';
import { engineCall } from '../engine/engine-call.js';
import { encode, fingerprintOf } from '../engine/run.js';
import type { TextSpan } from '../engine/types.js';
import { isReady } from '../engine/start.js';
import type { WasmModelType } from '../loading/registry.js';
import type { LoadOptions, ModelFiles, PretrainedOptions } from '../loading/types.js';
import { checkText, wrongType } from '../shared/checks.js';
import { EdgeBertError } from '../shared/errors.js';
import { chunksOf } from './chunking.js';
import { EngineModel } from './engine-model.js';
import { Expectations } from './expectations.js';
import { openEngine, type OpenedEngine } from './open-model.js';
import { checkChunk, checkEncode, checkEncodeKind, type EncodeRequest } from './options.js';
import { documentPrompt } from './prompts.js';
import type { Chunk, ChunkOptions, EncodeOptions, TextOptions } from './types.js';

/**
 * A model on this thread that turns texts into vectors. Its methods are synchronous: nothing else
 * runs on the thread until they return. For more than a few texts at a time on a page, use
 * `WorkerModel`.
 *
 * @example
 * const model = await WasmModel.fromType('MiniLML6V2');
 * const [a, b] = rows(model.encode(['How do I reset my password?', 'I forgot my login']), model.dimension);
 * similarity(a, b);
 */
export class WasmModel extends EngineModel {
  /**
   * A model from the files of an original checkpoint, quantised to int8. It assumes mean pooling and
   * the default length, since it is not given the files that would say so.
   *
   * @param weights the bytes of `model.safetensors`
   * @param configJson the text of `config.json`
   * @param tokenizerJson the text of `tokenizer.json`
   * @throws TypeError for arguments of another type; EdgeBertError `state` before `init()` has
   * finished, `format` or `unsupported` for files that can't be read, naming the tensor or field
   */
  constructor(weights: Uint8Array, configJson: string, tokenizerJson: string);
  /** @internal */
  constructor(opened: OpenedEngine);
  constructor(source: Uint8Array | OpenedEngine, configJson?: string, tokenizerJson?: string) {
    super(
      'engine' in Object(source) ? (source as OpenedEngine) : openFiles(source, configJson, tokenizerJson),
    );
  }

  /**
   * Loads one of the models that edgebert knows by name: from the cache, or else over the network
   * and into the cache for the next visit.
   *
   * @param type a value of `WasmModelType`, or its name
   * @throws TypeError or RangeError for wrong options; EdgeBertError `network`, `integrity`, `format`
   * or `unsupported`, see {@link EdgeBertErrorCode}; `options.signal.reason` when that aborts
   */
  static async from_type(type: WasmModelType | string, options: LoadOptions = {}): Promise<WasmModel> {
    return new WasmModel(await openEngine('from_type', 'embedding', type, options));
  }

  /**
   * Loads any BERT sentence-embedding model, with the pooling, length and prompts that its files
   * specify.
   *
   * @param source the id of a model on the Hugging Face hub, such as `BAAI/bge-small-en-v1.5`; or
   * the address of a model's folder, or of a packed file (relative addresses start with `/` or `.`);
   * or the model's files, which are not cached
   * @throws as `from_type`
   */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: PretrainedOptions = {},
  ): Promise<WasmModel> {
    return new WasmModel(await openEngine('from_pretrained', 'embedding', source, options));
  }

  /** `from_type` by another name. */
  static fromType(type: WasmModelType | string, options: LoadOptions = {}): Promise<WasmModel> {
    return WasmModel.from_type(type, options);
  }

  /** `from_pretrained` by another name. */
  static fromPretrained(
    source: string | URL | ModelFiles,
    options: PretrainedOptions = {},
  ): Promise<WasmModel> {
    return WasmModel.from_pretrained(source, options);
  }

  /**
   * Turns texts into vectors.
   *
   * @param texts any number of texts; those longer than `maxLength` tokens are truncated
   * @param normalize whether each vector is scaled to length 1 (default true), so that a dot product
   * is a cosine; or the options
   * @returns the vectors one after the other: `texts.length × dimension` numbers. A text's vector is
   * the same, bit for bit, whatever texts are beside it.
   * @throws TypeError for an argument of the wrong type, an unknown option, or a prompt that the model
   * doesn't have; RangeError for a `dimension` beyond the model's; EdgeBertError `state` after `free`
   */
  encode(texts: readonly string[], normalize?: boolean, options?: EncodeOptions): Float32Array;
  encode(texts: readonly string[], options: EncodeOptions): Float32Array;
  encode(
    texts: readonly string[],
    normalize?: boolean | EncodeOptions,
    options?: EncodeOptions,
  ): Float32Array {
    return this.#encode(checkEncode(this.facts, texts, normalize, options));
  }

  /**
   * Turns a search query, or several, into vectors: `encode` with the model's prompt for queries, if
   * it has one.
   */
  encodeQuery(texts: string | readonly string[], options: TextOptions = {}): Float32Array {
    return this.#encode(checkEncodeKind(this.facts, 'query', texts, options));
  }

  /** Turns the texts that are searched into vectors: as `encodeQuery`, with their own prompt. */
  encodeDocuments(texts: readonly string[], options: TextOptions = {}): Float32Array {
    return this.#encode(checkEncodeKind(this.facts, 'document', texts, options));
  }

  #encode({ texts, settings, onProgress }: EncodeRequest): Float32Array {
    const vectors = encode(this.live, texts, settings);
    this.noteTruncated('encode');
    onProgress?.({ done: texts.length, total: texts.length });
    return vectors;
  }

  /**
   * Cuts a long text into parts that each fit the model, at the ends of sentences or words where
   * possible. Together they cover the text, and they fit with the prompt of `encodeDocuments` too.
   *
   * @throws RangeError for `maxTokens` beyond the model's positions, or too few for a text, and for an
   * `overlap` that leaves no room; EdgeBertError `unsupported` where `maxTokens` is too small for a single
   * character
   */
  chunk(text: string, options: ChunkOptions = {}): Chunk[] {
    checkText('chunk', text);
    const engine = this.live;
    const { facts } = this;
    const [prompt, special] = engineCall(() =>
      [documentPrompt(facts), ''].map((each) => engine.countTokens(each)),
    ) as [number, number];
    const { maxTokens, overlap } = checkChunk(options, facts, engine.maxLength, prompt, special);
    return chunksOf(text, engineCall(() => engine.chunk(text, maxTokens, overlap)) as TextSpan[]);
  }

  /** Numbers in one vector. */
  get dimension(): number {
    return this.live.dimension;
  }
}

function openFiles(weights: unknown, configJson: unknown, tokenizerJson: unknown): OpenedEngine {
  if (!(weights instanceof Uint8Array)) {
    wrongType('`weights`', 'a Uint8Array with the bytes of model.safetensors', weights);
  }
  if (typeof configJson !== 'string') wrongType('`configJson`', 'the text of config.json', configJson);
  if (typeof tokenizerJson !== 'string') {
    wrongType('`tokenizerJson`', 'the text of tokenizer.json', tokenizerJson);
  }
  if (!isReady()) {
    throw new EdgeBertError('state', 'The engine is not ready: `await init()` before `new WasmModel(…)`');
  }
  const expectations = new Expectations('embedding', undefined, {});
  const loader = new EngineLoader('int8', Promise.resolve(), (info) => expectations.verify(info));
  try {
    loader.start([
      ['config.json', configJson],
      ['tokenizer.json', tokenizerJson],
    ]);
    loader.push(weights);
    loader.finish();
    const engineInfo = loader.info;
    const engine = loader.take();
    // Hashing 23 MB takes longer than most callers want to wait for something they may never ask.
    let fingerprint: string | undefined;
    const info = expectations.describe(engineInfo, 'caller', () => (fingerprint ??= fingerprintOf(engine)));
    return { engine, info, onWarning: undefined };
  } finally {
    loader.dispose();
  }
}
