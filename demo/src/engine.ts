import type { WorkerModel } from 'edgebert';
import { Collection } from './collection';
import type { Figures } from './figures';
import type { Loading } from './loading';
import { once } from './moment';
import { isModelKept, loadModel } from './model';
import { Places } from './places';
import { SIZES } from './sizes';

/**
 * The model, the words and their map. What has arrived stays when another part fails, and is not
 * fetched again.
 */
export class Engine {
  onModel: (model: WorkerModel) => void = () => {};
  onWarning: (warning: Error) => void = () => {};
  readonly #figures: Figures;
  readonly #loading: Loading;
  #model: Promise<WorkerModel> | undefined;
  #collection: Promise<Collection> | undefined;

  constructor(loading: Loading, figures: Figures) {
    this.#loading = loading;
    this.#figures = figures;
  }

  /** Whether an earlier visit has left model and words in this browser. */
  async isHere(): Promise<boolean> {
    const kept = await Promise.all([isModelKept(), Collection.isKept()]).catch(() => [false]);
    return kept.every(Boolean);
  }

  /** The map of the words, which is small enough to come first. */
  readonly places = once(() => Places.load(SIZES.words));

  /**
   * The words, and then the model.
   *
   * @param wanted settles when somebody waits for them: from then on both load side by side. Before, a
   * device of few cores has one for the page.
   */
  async load(
    signal: AbortSignal,
    wanted: Promise<void>,
  ): Promise<{ model: WorkerModel; collection: Collection }> {
    // What this visit waits for comes after what it can show at once.
    await unlessAborted(this.places(), signal);
    const words = (this.#collection ??= this.#loadCollection(signal).catch((error) => {
      this.#collection = undefined;
      throw error;
    }));
    // Without the words, the model still serves the sections below.
    await unlessAborted(Promise.race([words.catch(() => {}), wanted]), signal);
    this.#model ??= this.#loadModel(signal).catch((error) => {
      this.#model = undefined;
      throw error;
    });
    const [model, collection] = await Promise.all([this.#model, words]);
    return { model, collection };
  }

  /** Terminates the workers when one fails, so that the next load starts others. */
  async drop(): Promise<void> {
    const parts = [this.#model, this.#collection];
    this.#model = this.#collection = undefined;
    for (const part of parts) (await part?.catch(() => undefined))?.terminate();
  }

  async #loadModel(signal: AbortSignal): Promise<WorkerModel> {
    const start = performance.now();
    let bytes = 0;
    let fromCache = false;
    const model = await loadModel({
      signal,
      onWarning: (warning) => this.onWarning(warning),
      onProgress: (progress) => {
        bytes = progress.total;
        // The last event is about neither.
        if (progress.phase === 'download') fromCache = false;
        else if (progress.fromCache) fromCache = true;
        this.#loading.progress('model', { ...progress, fromCache });
      },
    });
    this.#figures.model(model, { bytes, fromCache, ms: performance.now() - start });
    this.onModel(model);
    return model;
  }

  async #loadCollection(signal: AbortSignal): Promise<Collection> {
    const collection = await Collection.load((part) => this.#loading.progress('words', part), signal);
    this.#figures.collection(collection.bytes);
    collection.onKept = () => this.#figures.collection(collection.bytes);
    return collection;
  }
}

/** What a promise settles to, or the signal's reason as soon as that aborts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
  return Promise.race([promise, aborted]);
}
