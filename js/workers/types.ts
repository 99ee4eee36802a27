import type { LoadOptions, PretrainedOptions } from '../loading/types.js';

/** What encodes the bulk of a model's work. */
export type ModelDevice = 'wasm' | 'webgpu';

/** A {@link ModelDevice}, or `auto`: the GPU if it is worth it. */
export type DeviceChoice = 'auto' | ModelDevice;

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
  /**
   * What encodes bulk work; default `wasm`. Interactive work is always done by wasm, which answers short
   * texts sooner. The GPU's vectors are close to wasm's, not equal, since wasm rounds activations to
   * 14 bits or to 7; `info.device` names the one that is in use.
   *
   * - `wasm`: the workers, with the same bits on every machine
   * - `webgpu`: the GPU, even if it is slower. It throws `unsupported` where there is none. A model that it
   *   does not run (`f32`, static embeddings, hidden sizes above 1,024, heads whose size is no multiple of 4)
   *   and a GPU that fails stay on wasm, with a warning
   * - `auto`: wasm, until a bulk job of 1,000 tokens or more shows that a GPU is at least 1.5 times as fast
   *   as all workers together
   */
  device?: DeviceChoice;
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
  signal?: AbortSignal | undefined;
  /**
   * `interactive` work runs before `bulk` work, even if that has begun. The default is `interactive`
   * for calls that take a worker 50 ms at most, such as a query.
   */
  priority?: 'interactive' | 'bulk';
}
