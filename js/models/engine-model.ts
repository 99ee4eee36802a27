import type { Engine } from '../engine/engine-loader.js';
import { crashCount, engineCall, release } from '../engine/engine-call.js';
import { truncationWarning } from '../engine/truncation.js';
import type { TokensWithOffsets } from '../engine/types.js';
import { checkOpened, checkText } from '../shared/checks.js';
import { defineMethod, dispose } from '../shared/dispose.js';
import { EdgeBertError } from '../shared/errors.js';
import { notify } from '../shared/notify.js';
import type { OpenedEngine } from './open-model.js';
import { checkMaxLength } from './options.js';
import type { ModelInfo } from './types.js';

/** What every model on this thread has, whatever it is for. */
export abstract class EngineModel {
  /** @internal */
  protected readonly facts: ModelInfo;
  /** `free`, for `using model = …`. */
  declare readonly [dispose]: () => void;
  readonly #crashes = crashCount();
  readonly #onWarning: OpenedEngine['onWarning'];
  #engine: Engine | undefined;
  #isWarned = false;

  /** @internal */
  constructor(opened: OpenedEngine) {
    checkOpened(opened, 'engine');
    const { engine, info, onWarning } = opened;
    this.#engine = engine;
    this.#onWarning = onWarning;
    this.facts = info;
    defineMethod(this, dispose, () => this.free());
  }

  /**
   * The ids of a text's tokens, with [CLS] and [SEP], not truncated to `maxLength`.
   *
   * @throws TypeError unless `text` is a string; EdgeBertError `state` after `free`
   */
  tokenize(text: string): Uint32Array {
    checkText('tokenize', text);
    const engine = this.live;
    return engineCall(() => engine.tokenize(text));
  }

  /**
   * How many tokens a text has, with [CLS] and [SEP]. Texts with more than `maxLength` are truncated
   * by `encode`.
   *
   * @throws as `tokenize`
   */
  countTokens(text: string): number {
    checkText('countTokens', text);
    const engine = this.live;
    return engineCall(() => engine.countTokens(text));
  }

  /**
   * A text's tokens with their places in it, as Hugging Face's tokenizers give them.
   *
   * @throws as `tokenize`
   */
  tokenizeWithOffsets(text: string): TokensWithOffsets {
    checkText('tokenizeWithOffsets', text);
    const engine = this.live;
    return engineCall(() => engine.tokenizeWithOffsets(text)) as TokensWithOffsets;
  }

  /**
   * Longest text in tokens, [CLS] and [SEP] included; longer texts are truncated. It can be set, up
   * to `info.positions`.
   */
  get maxLength(): number {
    return this.live.maxLength;
  }

  set maxLength(maxLength: number) {
    checkMaxLength(maxLength);
    const engine = this.live;
    engineCall(() => (engine.maxLength = maxLength));
  }

  /**
   * How many texts, or pairs of a query and a document, were longer than `maxLength` and have been
   * truncated so far. `onWarning` hears of the first one.
   */
  get truncatedTexts(): number {
    return this.live.truncated;
  }

  /**
   * How many tokens all texts so far had, as they went through the model: with [CLS], [SEP] and prompts,
   * without what was truncated.
   */
  get encodedTokens(): number {
    return this.live.tokens;
  }

  /** What this model is. */
  get info(): ModelInfo {
    // First of all: it fails where the model is gone.
    const { maxLength } = this;
    return { ...this.facts, maxLength };
  }

  /** Frees the model's memory. Every later call throws an EdgeBertError `state`. */
  free(): void {
    release(this.#engine, this.#crashes);
    this.#engine = undefined;
  }

  /** `free`, under the name that all classes of this package have. */
  dispose(): void {
    this.free();
  }

  /**
   * Warns of the first text that was truncated.
   *
   * @internal
   */
  protected noteTruncated(work: 'encode' | 'score'): void {
    if (this.#isWarned || this.live.truncated === 0) return;
    this.#isWarned = true;
    notify(this.#onWarning, truncationWarning(work, this.maxLength));
  }

  /** @internal */
  protected get live(): Engine {
    if (!this.#engine) throw new EdgeBertError('state', 'This model was freed. Load it again to use it.');
    if (this.#crashes === crashCount()) return this.#engine;
    throw new EdgeBertError('state', 'The WebAssembly engine of this model crashed. Load the model again.');
  }
}
