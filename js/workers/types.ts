import type { LoadOptions, PretrainedOptions } from '../loading/types.js';

/** Options for the workers of `WorkerModel` and `WorkerCrossEncoder`. */
export interface WorkerOptions {
  /**
   * Number of Web Workers, each with its own copy of the model; default 1. `auto` is one less than
   * the number of cores, from 1 to 4. All but the first start when there is enough work.
   */
  workers?: number | 'auto';
  /**
   * Address of `worker.js`, if it is not served beside the package's script. The server of another
   * origin must allow the page to read it (CORS).
   */
  workerUrl?: string | URL;
}

/** Options of `from_type` of `WorkerModel` and `WorkerCrossEncoder`. */
export interface WorkerLoadOptions extends LoadOptions, WorkerOptions {}

/** Options of `from_pretrained` of `WorkerModel` and `WorkerCrossEncoder`. */
export interface WorkerPretrainedOptions extends PretrainedOptions, WorkerOptions {}

/** Options of a call that workers answer. */
export interface WorkOptions {
  /** Called as texts are done. */
  onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Cancels the call, which then rejects with `signal.reason`. The model stays usable. */
  signal?: AbortSignal;
  /**
   * `interactive` work runs before `bulk` work, even if that has begun. The default is `interactive`
   * for calls that take a worker 50 ms at most, such as a query.
   */
  priority?: 'interactive' | 'bulk';
}
