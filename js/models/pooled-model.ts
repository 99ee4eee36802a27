import type { TokensWithOffsets } from '../engine/types.js';
import { checkOpened, checkText } from '../shared/checks.js';
import { asyncDispose, defineMethod, dispose } from '../shared/dispose.js';
import { EdgeBertError } from '../shared/errors.js';
import type { Pool } from '../workers/pool.js';
import type { OpenedPool } from './open-model.js';
import type { ModelInfo } from './types.js';

/** What every model in workers has, whatever it is for. */
export abstract class PooledModel {
  /** What this model is. */
  readonly info: ModelInfo;
  /** @internal */
  protected readonly pool: Pool;
  /** `terminate`, for `using model = …`. */
  declare readonly [dispose]: () => void;
  /** `terminate`, for `await using model = …`. */
  declare readonly [asyncDispose]: () => Promise<void>;

  /** @internal */
  constructor(opened: OpenedPool) {
    checkOpened(opened, 'pool');
    const { pool, info } = opened;
    this.pool = pool;
    this.info = info;
    defineMethod(this, dispose, () => this.terminate());
    defineMethod(this, asyncDispose, async () => this.terminate());
  }

  /**
   * The ids of a text's tokens, with [CLS] and [SEP], not truncated to `maxLength`.
   *
   * @throws TypeError unless `text` is a string; EdgeBertError `state` after `terminate`
   */
  async tokenize(text: string): Promise<Uint32Array> {
    checkText('tokenize', text);
    return this.pool.ask('tokenize', { text });
  }

  /**
   * A text's tokens with their places in it, as Hugging Face's tokenizers give them.
   *
   * @throws as `tokenize`
   */
  async tokenizeWithOffsets(text: string): Promise<TokensWithOffsets> {
    checkText('tokenizeWithOffsets', text);
    return this.pool.ask('tokenizeWithOffsets', { text });
  }

  /**
   * How many tokens a text has, with [CLS] and [SEP]. Texts with more than `maxLength` are truncated
   * by `encode`.
   *
   * @throws as `tokenize`
   */
  async countTokens(text: string): Promise<number> {
    checkText('countTokens', text);
    return this.pool.ask('countTokens', { text });
  }

  /**
   * Longest text in tokens, [CLS] and [SEP] included; longer texts are truncated. It is set by the
   * option of the same name when the model loads: all workers have to agree on it.
   */
  get maxLength(): number {
    return this.info.maxLength;
  }

  /**
   * How many texts, or pairs of a query and a document, were longer than `maxLength` and have been
   * truncated so far. `onWarning` hears of the first one.
   */
  get truncatedTexts(): number {
    return this.pool.truncated;
  }

  /**
   * How many tokens all texts so far had, as they went through the model: with [CLS], [SEP] and prompts,
   * without what was truncated.
   */
  get encodedTokens(): number {
    return this.pool.tokens;
  }

  /**
   * Ends the workers and frees their memory. Pending calls reject with `worker-lost`, and every later
   * call with `state`.
   */
  terminate(): void {
    this.pool.close(
      new EdgeBertError('worker-lost', 'This model was terminated before the call was answered.'),
      new EdgeBertError('state', 'This model was terminated. Load it again to use it.'),
    );
  }

  /** `terminate`, under the name that all classes of this package have. */
  dispose(): void {
    this.terminate();
  }
}
