import { throwIfAborted } from '../shared/abort.js';
import { checkChoice } from './options.js';
import { builtin } from '../shared/node.js';
import { asyncDispose, dispose } from '../shared/dispose.js';
import { EdgeBertError } from '../shared/errors.js';
import { Pool } from '../workers/pool.js';
import type { Profile } from './expectations.js';
import { Recruiter, type LoaderFor } from '../workers/start-workers.js';
import { checkText, describe } from '../shared/describe.js';
import type { ModelInfo } from './types.js';
import type { WorkerPretrainedOptions } from '../workers/types.js';
import type { TokensWithOffsets } from '../engine/types.js';
import type { WorkOptions } from '../workers/types.js';

/** `auto` starts no more: each worker has a copy of the model. */
const MOST_AUTO = 4;

/** What every model in workers has, whatever it is for. */
export abstract class PoolModel {
  /** What this model is. */
  readonly info: ModelInfo;
  /** @internal */
  protected readonly pool: Pool;

  /** @internal */
  constructor(pool: Pool, info: ModelInfo) {
    this.pool = pool;
    this.info = info;
  }

  /** The ids of a text's word pieces, with [CLS] and [SEP], not cut to `maxLength`. */
  async tokenize(text: string): Promise<Uint32Array> {
    checkText('tokenize', text);
    return this.pool.ask('tokenize', { text });
  }

  /** The word pieces of a text with their places in it, as Hugging Face's tokenizers give them. */
  async tokenizeWithOffsets(text: string): Promise<TokensWithOffsets> {
    checkText('tokenizeWithOffsets', text);
    return this.pool.ask('tokenizeWithOffsets', { text });
  }

  /** How many word pieces a text has, with [CLS] and [SEP]; beyond `maxLength` it is cut. */
  async countTokens(text: string): Promise<number> {
    checkText('countTokens', text);
    return this.pool.ask('countTokens', { text });
  }

  /** Longest text in word pieces, [CLS] and [SEP] included; longer ones are cut. */
  get maxLength(): number {
    return this.info.maxLength;
  }

  /** Ends the workers and gives their memory back. Whatever waits rejects with `worker-lost`. */
  terminate(): void {
    this.pool.close(new EdgeBertError('worker-lost', 'This model was terminated; load it again to use it'));
  }

  /** `terminate`, for `using model = …`. */
  [dispose](): void {
    this.terminate();
  }

  /** `terminate`, for `await using model = …`. */
  async [asyncDispose](): Promise<void> {
    this.terminate();
  }
}

/**
 * Starts the first worker with the model, or all of them where they can't copy it from each other.
 *
 * @internal
 */
export async function startPool(
  options: WorkerPretrainedOptions,
  profile: Profile,
  loaderFor: LoaderFor,
): Promise<{ pool: Pool; info: ModelInfo }> {
  const most = numberOfWorkers(options.workers);
  throwIfAborted(options.signal);
  const recruiter = new Recruiter(options, profile, loaderFor);
  const { workers, info } = await recruiter.first(most);
  const pool = new Pool(workers, most, info, (from, signal) => recruiter.another(from, signal));
  return { pool, info };
}

/**
 * Throws for options of a call that make no sense, or whose signal has aborted.
 *
 * @internal
 */
export function checkWorkOptions({ priority, signal }: WorkOptions): void {
  checkChoice('priority', priority, ['interactive', 'bulk']);
  throwIfAborted(signal);
}

/** As many as were asked for; `auto` leaves one core to the page, and the memory of a few copies. */
function numberOfWorkers(workers: number | 'auto' | undefined): number {
  if (workers === undefined) return 1;
  if (workers === 'auto') {
    const cores = builtin('node:os')?.availableParallelism() ?? navigator.hardwareConcurrency;
    return Math.min(Math.max(cores - 1, 1), MOST_AUTO);
  }
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new TypeError(`\`workers\` is a whole number from 1 on or 'auto', not ${describe(workers)}`);
}
