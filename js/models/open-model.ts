import type { Engine } from '../engine/engine-loader.js';
import { EngineLoader } from '../engine/engine-loader.js';
import { checkPlatform } from '../engine/features.js';
import { noteLateAddress, startEngine } from '../engine/start.js';
import { loadSource, rereadable, sourceOf, type ModelSource } from '../loading/model-source.js';
import type { Task } from '../loading/registry.js';
import type { PretrainedOptions } from '../loading/types.js';
import { abortable, throwIfAborted } from '../shared/abort.js';
import { Pool } from '../workers/pool.js';
import { hasThreads } from '../workers/spawn.js';
import { numberOfWorkers, WorkerStarter } from '../workers/start-workers.js';
import type { WorkerPretrainedOptions } from '../workers/types.js';
import { Expectations } from './expectations.js';
import { checkLoadOptions, checkWorkerLoadOptions, knownModel } from './options.js';
import type { ModelInfo } from './types.js';

// What `from_type` and `from_pretrained` of the four classes do, but for making an object of it.

/** A model on this thread. */
export interface OpenedEngine {
  readonly engine: Engine;
  readonly info: ModelInfo;
  readonly onWarning: PretrainedOptions['onWarning'];
}

/** A model in workers. */
export interface OpenedPool {
  readonly pool: Pool;
  readonly info: ModelInfo;
}

type Call = 'from_type' | 'from_pretrained';

/** Loads a model into an engine on this thread. */
export async function openEngine(
  call: Call,
  task: Task,
  model: unknown,
  options: PretrainedOptions,
): Promise<OpenedEngine> {
  const source = sourceFor(call, task, model);
  checkLoadOptions(call, options);
  // Files are requested while the engine starts: not where it can't.
  checkPlatform();
  const expectations = new Expectations(task, source, options);
  const loader = new EngineLoader(
    options.precision ?? 'int8',
    startEngine(options),
    (info) => expectations.verify(info),
    options.kernel,
  );
  try {
    const loaded = await loadSource(source, options, loader, options.signal);
    const info = expectations.describe(loader.info, 'caller', () => loaded.fingerprint);
    return { engine: loader.take(), info, onWarning: options.onWarning };
  } finally {
    loader.dispose();
  }
}

/** Loads a model into workers. */
export async function openPool(
  call: Call,
  task: Task,
  model: unknown,
  options: WorkerPretrainedOptions,
): Promise<OpenedPool> {
  const given = sourceFor(call, task, model);
  checkWorkerLoadOptions(call, options);
  checkPlatform();
  const most = numberOfWorkers(options.workers);
  throwIfAborted(options.signal);
  // A worker that is lost is replaced by one that needs the files again.
  const source: ModelSource =
    given.kind === 'files'
      ? { kind: 'files', files: await abortable(rereadable(given.files), options.signal) }
      : given;
  noteLateAddress(options);
  const expectations = new Expectations(task, source, options);
  const starter = new WorkerStarter(source, options, (info) => expectations.verify(info));
  const { workers, info: engineInfo, found } = await starter.first(most);
  const { device = 'wasm', onWarning, signal } = options;
  const maxLength = engineInfo.maxLength;
  const pool = new Pool(workers, most, maxLength, starter, device, onWarning);
  if (device === 'webgpu') {
    await abortable(pool.openGpu(), signal).catch((error) => {
      pool.close(error, error);
      throw error;
    });
  }
  const info = expectations.describe(
    engineInfo,
    hasThreads() ? 'worker' : 'caller',
    () => found.fingerprint,
    () => pool.device,
  );
  return { info, pool };
}

function sourceFor(call: Call, task: Task, model: unknown): ModelSource {
  return call === 'from_type' ? { kind: 'registry', model: knownModel(model, task) } : sourceOf(model);
}
