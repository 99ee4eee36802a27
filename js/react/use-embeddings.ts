'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { MiniLML6V2, type WasmModelType } from '../loading/registry.js';
import { leaseModel, type ModelLease } from '../models/shared-model.js';
import type { EncodeOptions } from '../models/types.js';
import { WorkerModel } from '../models/worker-model.js';
import { abortable, throwIfAborted } from '../shared/abort.js';
import type { WorkerLoadOptions } from '../workers/types.js';

/**
 * Options of `useEmbeddings`. Another `type`, `precision`, `url` or `baseUrl` loads another model; the other
 * options are read when the model is loaded, and a change of them is not.
 */
export interface EmbeddingsOptions extends Omit<WorkerLoadOptions, 'signal' | 'onProgress'> {
  /**
   * One of the models that edgebert knows by name; default `MiniLML6V2`. Components that name the same, from
   * the same address, share one.
   */
  type?: WasmModelType;
  /** Whether to load the model; default true. False waits, such as for the first keystroke. */
  enabled?: boolean;
}

/** What `useEmbeddings` returns. */
export interface EmbeddingsState {
  /**
   * - `idle`: not asked for, or on the server
   * - `loading`: the model is on its way
   * - `ready`: `model` is there
   * - `failed`: `error` says why; `retry` loads again
   */
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  /** The model, which all components share; it is terminated with the last of them. */
  readonly model: WorkerModel | undefined;
  /** Why the model could not be loaded; undefined unless `status` is `failed`. */
  readonly error: Error | undefined;
  /** How much of the model has arrived, from 0 to 1. */
  readonly progress: number;
  /**
   * Turns texts into vectors of length 1, one after the other. Before the model is there, and while
   * `enabled` is false, it waits; `signal` ends that, too.
   */
  readonly encode: (texts: readonly string[], options?: EncodeOptions) => Promise<Float32Array>;
  /** Loads the model again after a failure. */
  readonly retry: () => void;
}

/** Progress by the model's key, and who wants to hear of it. */
const progress = new Map<string, { fraction: number; listeners: Set<(fraction: number) => void> }>();

/**
 * One model for all components that use it, loaded when the first of them is mounted. Under StrictMode and
 * hot reloading, where components come and go, there is still one worker.
 *
 * ```jsx
 * const { status, encode } = useEmbeddings();
 * ```
 */
export function useEmbeddings(options: EmbeddingsOptions = {}): EmbeddingsState {
  const { type = MiniLML6V2, enabled = true, ...rest } = options;
  const { precision = 'int8', url, baseUrl } = options;
  const key = ['react', type.name, precision, url ?? baseUrl].join(' ');
  const given = useRef(rest);
  // Before the effects that read it; React may render what it never shows.
  useEffect(() => {
    given.current = rest;
  });
  const lease = useRef<ModelLease | undefined>(undefined);
  const waiting = useRef<((lease: ModelLease) => void)[]>([]);
  const [state, setState] = useState<Pick<EmbeddingsState, 'status' | 'model' | 'error'>>(IDLE);
  const [fraction, setFraction] = useState(0);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (!enabled) return;
    let isHere = true;
    const shared = progressOf(key);
    const onFraction = (fraction: number) => setFraction(fraction);
    shared.listeners.add(onFraction);
    setFraction(shared.fraction);
    setState({ ...IDLE, status: 'loading' });
    const held = leaseModel(key, () => load(key, type, given.current));
    lease.current = held;
    for (const go of waiting.current.splice(0)) go(held);
    held.model.then(
      (model) => isHere && setState({ status: 'ready', model, error: undefined }),
      (error: unknown) => isHere && setState({ status: 'failed', model: undefined, error: error as Error }),
    );
    return () => {
      isHere = false;
      shared.listeners.delete(onFraction);
      if (lease.current === held) lease.current = undefined;
      held.release();
      setState(IDLE);
    };
    // `type` is what `key` stands for.
  }, [key, enabled, attempt]);

  const encode = useCallback(async (texts: readonly string[], options: EncodeOptions = {}) => {
    throwIfAborted(options.signal);
    const held = lease.current ?? (await abortable(nextLease(waiting.current), options.signal));
    const model = await abortable(held.model, options.signal);
    return model.encode(texts, true, options);
  }, []);
  const retry = useCallback(() => setAttempt((attempt) => attempt + 1), []);
  return { ...state, progress: state.status === 'ready' ? 1 : fraction, encode, retry };
}

function nextLease(waiting: ((lease: ModelLease) => void)[]): Promise<ModelLease> {
  return new Promise((resolve) => waiting.push(resolve));
}

const IDLE = { status: 'idle', model: undefined, error: undefined } as const;

function load(
  key: string,
  type: WasmModelType,
  options: Omit<EmbeddingsOptions, 'type' | 'enabled'>,
): Promise<WorkerModel> {
  const shared = progressOf(key);
  shared.fraction = 0;
  return WorkerModel.from_type(type, {
    ...options,
    onProgress({ loaded, total }) {
      shared.fraction = total > 0 ? loaded / total : 0;
      for (const tell of shared.listeners) tell(shared.fraction);
    },
  });
}

function progressOf(key: string) {
  let shared = progress.get(key);
  if (!shared) progress.set(key, (shared = { fraction: 0, listeners: new Set() }));
  return shared;
}
