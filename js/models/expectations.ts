import { checkTask } from './options.js';
import { EdgeBertError } from '../shared/errors.js';
import type { EngineInfo, EngineOutline } from '../engine/types.js';
import { recognizeModel } from '../loading/names.js';
import type { ModelSource } from '../loading/model-source.js';
import type { KnownModel, Task } from '../loading/registry.js';
import type { LoadOptions } from '../loading/types.js';
import type { ModelInfo } from './types.js';

/** What is known of a model before it is loaded, and what is wanted of it. */
export class Expectations {
  readonly #task: Task;
  readonly #name: string | undefined;
  readonly #known: KnownModel | undefined;
  readonly #prompts: Readonly<Record<string, string>>;
  /** Whether the registry says what the model is, rather than its files. */
  readonly #certain: boolean;
  readonly #maxLength: number | undefined;

  /** A source that the registry doesn't name may still be a model whose prompts it knows. */
  constructor(task: Task, source: ModelSource | undefined, { prompts = {}, maxLength }: LoadOptions) {
    this.#task = task;
    this.#prompts = prompts;
    this.#maxLength = maxLength;
    this.#certain = source?.kind === 'registry';
    const { known, name } =
      source?.kind === 'registry'
        ? { known: source.model, name: source.model.name }
        : recognizeModel(source?.kind === 'address' ? source.address : undefined);
    this.#known = known;
    this.#name = name;
  }

  /**
   * Verifies a model before its weights are downloaded. Returns the longest text, where that is not as
   * the model's files have it.
   *
   * @throws EdgeBertError `unsupported` where it is for another class, `integrity` where it is not
   * the model that was named
   */
  verify(info: EngineOutline): number | undefined {
    checkTask(this.#name ?? 'This model', info.task, this.#task);
    if (!this.#certain || !this.#known) return this.#maxLength;
    const { pooling = info.pooling, prompts, maxLength } = this.#known;
    if (info.pooling !== pooling) throw this.#mismatch('pooling', info.pooling, pooling);
    for (const [name, text] of Object.entries(prompts)) {
      const own = info.prompts[name];
      if (own !== undefined && own !== text) throw this.#mismatch(`the prompt ${name}`, own, text);
    }
    return this.#maxLength ?? Math.min(maxLength, info.positions);
  }

  /** What the model is, for the user. */
  describe(
    info: EngineInfo,
    thread: ModelInfo['thread'],
    fingerprint: () => string,
    device: () => ModelInfo['device'] = () => 'wasm',
  ): ModelInfo {
    const prompts = Object.freeze({ ...this.#known?.prompts, ...info.prompts, ...this.#prompts });
    return Object.freeze({
      name: this.#name,
      languages: this.#known?.languages,
      ...info,
      prompts,
      thread,
      get fingerprint() {
        return fingerprint();
      },
      get device() {
        return device();
      },
    });
  }

  #mismatch(what: string, found: string, expected: string): EdgeBertError {
    return new EdgeBertError(
      'integrity',
      `These files are of another model than ${this.#name}: ${what} is '${found}', not '${expected}'`,
    );
  }
}
