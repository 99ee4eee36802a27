import type { Engine } from '../../pkg/edgebert.js';
import { checkMaxLength } from './options.js';
import { dispose } from '../shared/dispose.js';
import { EngineSink } from '../engine/engine-loader.js';
import { EdgeBertError, engineCall } from '../shared/errors.js';
import { infoOf, type Profile } from './expectations.js';
import { init } from '../engine/start.js';
import { checkText } from '../shared/describe.js';
import type { ModelInfo } from './types.js';
import type { ModelLoader } from '../loading/types.js';
import type { PretrainedOptions } from '../loading/types.js';
import type { TokensWithOffsets } from '../engine/types.js';

/** What every model on this thread has, whatever it is for. */
export abstract class EngineModel {
  /** @internal */
  protected readonly facts: ModelInfo;
  #engine: Engine | undefined;

  /** @internal */
  constructor(engine: Engine, profile: Profile) {
    this.#engine = engine;
    this.facts = profile.complete(infoOf(engine));
  }

  /** The ids of a text's word pieces, with [CLS] and [SEP], not cut to `maxLength`. */
  tokenize(text: string): Uint32Array {
    checkText('tokenize', text);
    const engine = this.live;
    return engineCall(() => engine.tokenize(text));
  }

  /** How many word pieces a text has, with [CLS] and [SEP]; beyond `maxLength` it is cut. */
  countTokens(text: string): number {
    checkText('countTokens', text);
    const engine = this.live;
    return engineCall(() => engine.countTokens(text));
  }

  /** The word pieces of a text with their places in it, as Hugging Face's tokenizers give them. */
  tokenizeWithOffsets(text: string): TokensWithOffsets {
    checkText('tokenizeWithOffsets', text);
    const engine = this.live;
    return engineCall(() => engine.tokenizeWithOffsets(text)) as TokensWithOffsets;
  }

  /**
   * Longest text in word pieces, [CLS] and [SEP] included; longer ones are cut. Can be set, up to
   * the model's number of positions.
   */
  get maxLength(): number {
    return this.live.maxLength;
  }

  set maxLength(maxLength: number) {
    checkMaxLength(maxLength);
    const engine = this.live;
    engineCall(() => (engine.maxLength = maxLength));
  }

  /** What this model is. */
  get info(): ModelInfo {
    return { ...this.facts, maxLength: this.maxLength };
  }

  /** Gives the model's memory back. Whatever is called afterwards throws. */
  free(): void {
    this.#engine?.free();
    this.#engine = undefined;
  }

  /** `free`, for `using model = …`. */
  [dispose](): void {
    this.free();
  }

  /** @internal */
  protected get live(): Engine {
    if (this.#engine) return this.#engine;
    throw new EdgeBertError('state', 'This model was freed; load it again to use it');
  }
}

/**
 * Loads a model into an engine of its own on this thread.
 *
 * @internal
 */
export async function loadEngine(
  options: PretrainedOptions,
  profile: Profile,
  load: ModelLoader,
): Promise<Engine> {
  const sink = new EngineSink(options.precision ?? 'int8', init(options), profile);
  try {
    await load(sink, options.signal);
    return sink.take();
  } finally {
    sink.dispose();
  }
}
