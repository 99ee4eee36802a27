import { Engine } from '../../pkg/edgebert.js';
import { checkLoadOptions, checkModelType } from './options.js';
import { chunkOptions, chunksOf } from './chunking.js';
import { EngineModel, loadEngine } from './engine-model.js';
import { encode } from '../engine/run.js';
import { EngineSink } from '../engine/engine-loader.js';
import { EdgeBertError, engineCall } from '../shared/errors.js';
import { Profile } from './expectations.js';
import { documentPrompt, promptFor, promptText } from './prompts.js';
import { isReady } from '../engine/start.js';
import { checkText, checkTexts, describe } from '../shared/describe.js';
import type { Chunk, ChunkOptions, TextOptions, VectorOptions } from './types.js';
import { checkDimension } from '../engine/truncation.js';
import type { ModelLoader } from '../loading/types.js';
import { loaderOf, sourceOf } from '../loading/model-source.js';
import type { WasmModelType } from '../loading/registry.js';
import type { LoadOptions, ModelFiles, PretrainedOptions } from '../loading/types.js';

/**
 * A model on this thread that turns texts into vectors. Its methods are synchronous: they return
 * when the work is done, and nothing else happens on the thread in the meantime. For more than a
 * few texts at a time on a page, take `WorkerModel`.
 */
export class WasmModel extends EngineModel {
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
  constructor(source: Uint8Array | Engine, about: string | Profile, tokenizerJson?: string) {
    if (source instanceof Engine) super(source, about as Profile);
    else {
      const profile = Profile.ofSource(undefined, 'embedding', {});
      super(readFiles(source, about, tokenizerJson, profile), profile);
    }
  }

  /**
   * Loads one of the models that edgebert knows by name: from the cache where it is there, else
   * over the network, and into the cache for the next visit.
   *
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_type(type: WasmModelType, options: LoadOptions = {}): Promise<WasmModel> {
    checkModelType(type, 'embedding');
    checkLoadOptions(options);
    return WasmModel.#load(
      options,
      Profile.ofType(type, options),
      loaderOf({ kind: 'registry', model: type }, options),
    );
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
    const profile = Profile.ofSource(source, 'embedding', options);
    return WasmModel.#load(options, profile, loaderOf(sourceOf(source), options));
  }

  static async #load(options: PretrainedOptions, profile: Profile, load: ModelLoader): Promise<WasmModel> {
    const engine = await loadEngine(options, profile, load);
    return new (WasmModel as unknown as new (engine: Engine, profile: Profile) => WasmModel)(engine, profile);
  }

  /**
   * Turns texts into vectors.
   *
   * @param texts any number of texts; those longer than `maxLength` word pieces are cut
   * @param normalize whether each vector is scaled to length 1 (the default), so that a dot
   * product is a cosine
   * @returns the vectors one after the other: `texts.length × dimension` numbers. A text's vector
   * is the same, bit for bit, whatever texts are beside it.
   * @throws TypeError for a prompt that the model doesn't have.
   */
  encode(texts: readonly string[], normalize = true, options: VectorOptions = {}): Float32Array {
    checkTexts('encode', texts);
    return this.#encode(texts, normalize, options.prompt, options.dimension);
  }

  /**
   * Turns search queries into vectors: `encode` with the prompt that the model has for queries, if
   * it has one.
   */
  encodeQuery(texts: readonly string[], options: TextOptions = {}): Float32Array {
    checkTexts('encodeQuery', texts);
    return this.#encodeKind('query', texts, options);
  }

  /** Turns the texts that are searched into vectors: as `encodeQuery`, with their own prompt. */
  encodeDocuments(texts: readonly string[], options: TextOptions = {}): Float32Array {
    checkTexts('encodeDocuments', texts);
    return this.#encodeKind('document', texts, options);
  }

  #encodeKind(
    kind: 'query' | 'document',
    texts: readonly string[],
    { normalize = true, dimension }: TextOptions,
  ): Float32Array {
    return this.#encode(texts, normalize, promptFor(this.facts, kind), dimension);
  }

  #encode(
    texts: readonly string[],
    normalize: boolean,
    prompt: string | undefined,
    dimension: number | undefined,
  ): Float32Array {
    const engine = this.live;
    const kept = checkDimension(dimension, engine.dimension);
    return encode(engine, texts, normalize, promptText(this.facts, prompt), kept);
  }

  /**
   * Cuts a long text into parts that each fit the model, at the ends of sentences or words where
   * there are any. Together they cover the text, and fit with the prompt of `encodeDocuments` too.
   *
   * @throws EdgeBertError `unsupported` where `maxTokens` is too small for a single character.
   */
  chunk(text: string, options: ChunkOptions = {}): Chunk[] {
    checkText('chunk', text);
    const engine = this.live;
    const taken = this.countTokens(documentPrompt(this.facts));
    const { maxTokens, overlap } = chunkOptions(options, engine.maxLength, taken);
    return chunksOf(
      text,
      engineCall(() => engine.chunk(text, maxTokens, overlap)),
    );
  }

  /** Length of one vector. */
  get dimension(): number {
    return this.live.dimension;
  }
}

function readFiles(weights: unknown, configJson: unknown, tokenizerJson: unknown, profile: Profile): Engine {
  if (!(weights instanceof Uint8Array)) {
    throw new TypeError(`\`weights\` is a Uint8Array of model.safetensors, not ${describe(weights)}`);
  }
  if (typeof configJson !== 'string') {
    throw new TypeError(`\`configJson\` is the text of config.json, not ${describe(configJson)}`);
  }
  if (typeof tokenizerJson !== 'string') {
    throw new TypeError(`\`tokenizerJson\` is the text of tokenizer.json, not ${describe(tokenizerJson)}`);
  }
  if (!isReady()) {
    throw new EdgeBertError('state', 'The engine is not ready: `await init()` before `new WasmModel(…)`');
  }
  const sink = new EngineSink('int8', Promise.resolve(), profile);
  try {
    sink.start([
      ['config.json', configJson],
      ['tokenizer.json', tokenizerJson],
    ]);
    sink.push(weights);
    sink.finish();
    return sink.take();
  } finally {
    sink.dispose();
  }
}
