import type { WorkerModel } from 'edgebert';
import { Collection } from './collection';
import type { Figures } from './figures';
import type { Loading } from './loading';
import { isModelKept, loadModel } from './model';
import { Places } from './places';

/** Sizes of what the page loads, in bytes, and how many words there are; the build fills them in. */
export const SIZES = __SIZES__;

/**
 * The model, the words and their map. What has arrived stays when another part fails, and is not
 * fetched again.
 */
export class Engine {
  onModel: (model: WorkerModel) => void = () => {};
  onWarning: (warning: Error) => void = () => {};
  readonly #figures: Figures;
  readonly #loading: Loading;
  #places: Promise<Places> | undefined;
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
  places(signal: AbortSignal): Promise<Places> {
    return (this.#places ??= Places.load(SIZES.words, signal).catch((error) => {
      this.#places = undefined;
      throw error;
    }));
  }

  async load(signal: AbortSignal): Promise<{ model: WorkerModel; collection: Collection; places: Places }> {
    // What this visit waits for comes after what it can show at once.
    const places = await this.places(signal);
    this.#model ??= this.#loadModel(signal).catch((error) => {
      this.#model = undefined;
      throw error;
    });
    this.#collection ??= this.#loadCollection(signal).catch((error) => {
      this.#collection = undefined;
      throw error;
    });
    const [model, collection] = await Promise.all([this.#model, this.#collection]);
    return { model, collection, places };
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
