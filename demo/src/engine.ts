import { MiniLML6V2, WorkerModel } from 'edgebert';
import modelUrl from '../../models/all-MiniLM-L6-v2/model-int8.safetensors?url';
import { Collection } from './collection';
import type { Figures } from './figures';
import type { Loading } from './loading';

/** The model and the words. What has arrived stays when the other fails, and is not fetched again. */
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

  async load(signal: AbortSignal): Promise<{ model: WorkerModel; collection: Collection }> {
    this.#model ??= this.#loadModel(signal).catch((error) => {
      this.#model = undefined;
      throw error;
    });
    this.#collection ??= this.#loadCollection(signal).catch((error) => {
      this.#collection = undefined;
      throw error;
    });
    const [model, collection] = await Promise.all([this.#model, this.#collection]);
    return { model, collection };
  }

  /** Ends a model that fails, so that the next load starts another. */
  async drop(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    (await model?.catch(() => undefined))?.terminate();
  }

  async #loadModel(signal: AbortSignal): Promise<WorkerModel> {
    const start = performance.now();
    let bytes = 0;
    let fromCache = false;
    const model = await WorkerModel.from_type(MiniLML6V2, {
      url: modelUrl,
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
    return collection;
  }
}
