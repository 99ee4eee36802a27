import type { ModelLease } from '../models/shared-model.js';
import type { WorkerModel } from '../models/worker-model.js';
import { abortable, onAbort, throwIfAborted } from '../shared/abort.js';
import { describe } from '../shared/describe.js';
import { availability, isServed, leaseSource, servedSpace } from './source.js';
import type {
  SemanticEmbedderAvailability,
  SemanticEmbedderCallOptions,
  SemanticEmbedderCreateOptions,
  SemanticEmbedderParams,
  SemanticEmbedderResult,
  SemanticEmbedderTask,
} from './types.js';

const TASKS: readonly SemanticEmbedderTask[] = [
  'semantic-similarity',
  'retrieval-query',
  'retrieval-document',
  'classification',
  'clustering',
];

let isCreating = false;

/**
 * The proposed built-in `SemanticEmbedder`, by edgebert: page code that uses it runs unchanged on the
 * browser's own once there is one. All embedders share one model in one worker.
 *
 * ```js
 * const embedder = await SemanticEmbedder.create();
 * const { embeddings } = await embedder.embed(['a harbour', 'a port']);
 * embedder.destroy();
 * ```
 */
export class SemanticEmbedder {
  readonly #lease: ModelLease;
  readonly #model: WorkerModel;
  readonly #task: SemanticEmbedderTask;
  readonly #asked: string | undefined;
  readonly #destroyed = new AbortController();
  /** Stops listening to the signal of `create`, which may live longer. */
  readonly #forget: () => void;

  /** @internal Use `create`. */
  constructor(
    lease: ModelLease,
    model: WorkerModel,
    task: SemanticEmbedderTask,
    space: string | undefined,
    signal: AbortSignal | undefined,
  ) {
    if (!isCreating) throw new TypeError('Illegal constructor: use `await SemanticEmbedder.create()`');
    this.#lease = lease;
    this.#model = model;
    this.#task = task;
    this.#asked = space;
    this.#forget = onAbort(signal, () => this.destroy());
  }

  /** Which spaces `create` takes. */
  static async params(): Promise<SemanticEmbedderParams> {
    return { supportedSpaces: [{ embeddingSpace: servedSpace(), shutdownDate: null }] };
  }

  /** Whether an embedder can be had here, and whether that takes a download. */
  static async availability({
    taskType,
    embeddingSpace,
  }: Pick<
    SemanticEmbedderCreateOptions,
    'taskType' | 'embeddingSpace'
  > = {}): Promise<SemanticEmbedderAvailability> {
    checkTask(taskType);
    const space = checkSpace(embeddingSpace);
    return space === undefined || isServed(space) ? availability() : 'unavailable';
  }

  /**
   * Creates an embedder, and downloads the model where it is not there yet.
   *
   * @throws DOMException `NotSupportedError` where this browser cannot run the model or the model's space is
   * not `embeddingSpace`, `NetworkError` where it cannot be downloaded, `AbortError` when `signal` aborts.
   */
  static async create({
    embeddingSpace,
    taskType,
    monitor,
    signal,
  }: SemanticEmbedderCreateOptions = {}): Promise<SemanticEmbedder> {
    const task = checkTask(taskType) ?? 'semantic-similarity';
    const space = checkSpace(embeddingSpace);
    throwIfAborted(signal);
    if (space !== undefined && !isServed(space)) throw otherSpace(space, servedSpace());
    if ((await availability()) === 'unavailable') {
      throw new DOMException(
        'This browser cannot run the model: it lacks WebAssembly SIMD',
        'NotSupportedError',
      );
    }
    const progress = new EventTarget();
    monitor?.(progress);
    const lease = leaseSource((fraction) => tell(progress, fraction));
    try {
      const model = await abortable(lease.model, signal);
      lease.ignore();
      tell(progress, 1);
      throwIfAborted(signal);
      const own = spaceOf(model);
      if (space !== undefined && space !== servedSpace() && space !== own) throw otherSpace(space, own);
      isCreating = true;
      return new SemanticEmbedder(lease, model, task, space, signal);
    } catch (error) {
      lease.ignore();
      lease.release();
      if (signal?.aborted) throw signal.reason;
      throw asDomException(error);
    } finally {
      isCreating = false;
    }
  }

  /** The space that `create` was asked for; else the exact one, with the model's content in it. */
  get embeddingSpace(): string {
    return this.#asked ?? spaceOf(this.#model);
  }

  /** The longest text that `embed` takes, in tokens. */
  get maxInputTokens(): number {
    return this.#model.maxLength;
  }

  /** `maxInputTokens` by the name that the other built-in AI interfaces have for it. */
  get inputQuota(): number {
    return this.maxInputTokens;
  }

  /**
   * Embeds a text, or several.
   *
   * @throws DOMException `QuotaExceededError` for a text of more tokens than `maxInputTokens`,
   * `InvalidStateError` after `destroy`, `AbortError` when `signal` aborts or the embedder is destroyed
   * meanwhile.
   */
  async embed(
    input: string | readonly string[],
    { taskType, signal }: SemanticEmbedderCallOptions = {},
  ): Promise<SemanticEmbedderResult> {
    const texts = textsOf(input);
    const task = checkTask(taskType) ?? this.#task;
    const flat = await this.#run(signal, async (either) => {
      for (const tokens of await abortable(this.#count(texts), either)) {
        if (tokens > this.maxInputTokens) throw quotaExceeded(tokens, this.maxInputTokens);
      }
      return this.#encode(texts, task, either);
    });
    const { dimension } = this.#model;
    const { embeddingSpace, maxInputTokens } = this;
    return {
      embeddings: texts.map((_, i) => ({
        values: flat.slice(i * dimension, (i + 1) * dimension),
        embeddingSpace,
      })),
      metadata: { embeddingSpace: spaceOf(this.#model), maxInputTokens },
    };
  }

  /** How many tokens a text has, or the longest of several: what counts against `maxInputTokens`. */
  async measureInputUsage(
    input: string | readonly string[],
    { signal }: Pick<SemanticEmbedderCallOptions, 'signal'> = {},
  ): Promise<number> {
    const texts = textsOf(input);
    return Math.max(0, ...(await this.#run(signal, () => this.#count(texts))));
  }

  /** Ends this embedder. The worker ends with the last of them. */
  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort(new DOMException('The embedder was destroyed', 'AbortError'));
    this.#lease.release();
    this.#forget();
  }

  #encode(texts: string[], task: SemanticEmbedderTask, signal: AbortSignal): Promise<Float32Array> {
    if (task === 'retrieval-query') return this.#model.encodeQuery(texts, { signal });
    if (task === 'retrieval-document') return this.#model.encodeDocuments(texts, { signal });
    return this.#model.encode(texts, true, { signal });
  }

  #count(texts: string[]): Promise<number[]> {
    return Promise.all(texts.map((text) => this.#model.countTokens(text)));
  }

  /** Runs `work` until the caller's signal aborts, or this embedder is destroyed. */
  async #run<T>(signal: AbortSignal | undefined, work: (either: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    const { signal: destroyed } = this.#destroyed;
    if (destroyed.aborted)
      throw new DOMException('The embedder was destroyed; create another', 'InvalidStateError');
    // AbortSignal.any is younger than the browsers that are supported.
    const either = new AbortController();
    const forgets = [signal, destroyed].map((one) => onAbort(one, () => either.abort(one?.reason)));
    try {
      return await abortable(work(either.signal), either.signal);
    } finally {
      for (const forget of forgets) forget();
    }
  }
}

/** The fingerprint covers the weights and the precision: what has the same one gives the same vectors. */
function spaceOf({ info: { name, fingerprint, precision }, dimension }: WorkerModel): string {
  return ['edgebert', name, fingerprint ?? precision, dimension].join('/');
}

function checkSpace(space: unknown): string | undefined {
  if (space === undefined || typeof space === 'string') return space;
  throw new TypeError(`\`embeddingSpace\` must be a string (received ${describe(space)})`);
}

function otherSpace(asked: string, own: string): DOMException {
  return new DOMException(
    `The embedding space "${asked}" is not served here, but "${own}" is: vectors of the two cannot be ` +
      'compared, so texts must be embedded again',
    'NotSupportedError',
  );
}

function tell(monitor: EventTarget, loaded: number): void {
  // A ProgressEvent where the platform has them; Node has none.
  const event =
    typeof ProgressEvent === 'function'
      ? new ProgressEvent('downloadprogress', { lengthComputable: true, loaded, total: 1 })
      : Object.assign(new Event('downloadprogress'), { lengthComputable: true, loaded, total: 1 });
  monitor.dispatchEvent(event);
}

function textsOf(input: unknown): string[] {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  for (const text of texts) {
    if (typeof text !== 'string')
      throw new TypeError(`\`embed\` takes a string or an array of strings (received ${describe(text)})`);
  }
  return texts as string[];
}

function checkTask(task: SemanticEmbedderTask | undefined): SemanticEmbedderTask | undefined {
  if (task === undefined || TASKS.includes(task)) return task;
  throw new TypeError(`\`taskType\` must be one of ${TASKS.join(', ')} (received ${describe(task)})`);
}

function quotaExceeded(requested: number, quota: number): DOMException {
  const message = `The text has ${requested} tokens, and the model takes ${quota}: split it first`;
  return Object.assign(new DOMException(message, 'QuotaExceededError'), { requested, quota });
}

/** The errors that the proposal names; edgebert's own is the cause. */
function asDomException(error: unknown): unknown {
  const code = (error as { code?: unknown })?.code;
  const name =
    code === 'unsupported' ? 'NotSupportedError' : code === 'network' ? 'NetworkError' : 'OperationError';
  if (typeof code !== 'string') return error;
  return Object.assign(new DOMException((error as Error).message, name), { cause: error });
}
