import type { Engine } from '../../pkg/edgebert.js';
import type { EngineInfo } from '../engine/types.js';
import { checkTask } from './options.js';
import { EdgeBertError } from '../shared/errors.js';
import type { ModelInfo } from './types.js';
import { identityOf } from '../loading/names.js';
import type { KnownModel, Task } from '../loading/registry.js';
import type { LoadOptions } from '../loading/types.js';

/** Asks the engine what its model is. */
export function infoOf(engine: Engine): EngineInfo {
  return JSON.parse(engine.info()) as EngineInfo;
}

/** What is known of a model besides its files, and what is wanted of it. */
export class Profile {
  readonly #task: Task;
  readonly #name: string | undefined;
  readonly #known: KnownModel | undefined;
  readonly #prompts: Readonly<Record<string, string>>;
  /** Whether the registry says what the model is, rather than its files. */
  readonly #certain: boolean;
  readonly #maxLength: number | undefined;

  private constructor(
    task: Task,
    { prompts = {}, maxLength }: LoadOptions,
    known: KnownModel | undefined,
    name: string | undefined,
    certain: boolean,
  ) {
    this.#task = task;
    this.#prompts = prompts;
    this.#maxLength = maxLength;
    this.#known = known;
    this.#name = name;
    this.#certain = certain;
  }

  /** Of a model in the registry. */
  static ofType(model: KnownModel, options: LoadOptions): Profile {
    return new Profile(model.task, options, model, model.name, true);
  }

  /** Of a model that the user has named, or has the files of; the registry may know its prompts. */
  static ofSource(source: unknown, task: Task, options: LoadOptions): Profile {
    const { known, name } = identityOf(source);
    return new Profile(task, options, known, name, false);
  }

  /**
   * Looks at a model before anything is made of it, and says how long its texts may be where that
   * is not as its files have it.
   *
   * @throws EdgeBertError `unsupported` where it is for another class, `integrity` where it is not
   * the model that was named.
   */
  admit(info: EngineInfo): number | undefined {
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
  complete(info: EngineInfo): ModelInfo {
    const prompts = Object.freeze({ ...this.#known?.prompts, ...info.prompts, ...this.#prompts });
    return Object.freeze({ name: this.#name, ...info, prompts });
  }

  #mismatch(what: string, found: string, expected: string): EdgeBertError {
    return new EdgeBertError(
      'integrity',
      `These files are of another model than ${this.#name}: ${what} is '${found}', not '${expected}'`,
    );
  }
}
