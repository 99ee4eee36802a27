import { abortable } from '../shared/abort.js';
import { EdgeBertError } from '../shared/errors.js';
import { Job, type Work } from './job.js';
import type { CallName, Calls } from './protocol.js';
import type { ModelInfo } from '../models/types.js';
import type { WorkerClient } from './worker-client.js';
import type { WorkOptions } from './types.js';

/** Milliseconds of work in one message to a worker: short enough for others to get in between. */
const LONGEST_PIECE = 50;
/** Below this, the messages cost more than a second worker saves. */
const SHORTEST_PIECE = 5;
/** Milliseconds of waiting work that are worth another worker, which takes about as long to start. */
const WORTH_A_WORKER = 250;
/** Tokens per millisecond that a worker is taken to manage until it has shown what it does. */
const FIRST_RATE = 4;
/** How much the newest measurement counts. */
const RATE_GAIN = 0.3;

/** A new worker with the model, copied from `from` where that is given and lives. */
export type Recruit = (from: WorkerClient | undefined, signal: AbortSignal) => Promise<WorkerClient>;

/** Deals texts to workers, in pieces of about equal work, and puts together what comes back. */
export class Pool {
  readonly #info: ModelInfo;
  readonly #recruit: Recruit;
  readonly #workers = new Set<WorkerClient>();
  readonly #busy = new Set<WorkerClient>();
  readonly #closing = new AbortController();
  #most: number;
  #recruiting: Promise<void> | undefined;
  #jobs: Job[] = [];
  #rate = FIRST_RATE;
  #gone: EdgeBertError | undefined;

  /** Takes workers that have their models; there will be `most` of them when there is much to do. */
  constructor(workers: Iterable<WorkerClient>, most: number, info: ModelInfo, recruit: Recruit) {
    this.#info = info;
    this.#most = most;
    this.#recruit = recruit;
    for (const worker of workers) this.#add(worker);
  }

  /** How many workers there will be at most. */
  get most(): number {
    return this.#most;
  }

  /** A short question, to a worker that has nothing to do if there is one. */
  async ask<Name extends CallName>(name: Name, input: Calls[Name]['in']): Promise<Calls[Name]['out']> {
    if (this.#gone) throw this.#gone;
    // As long as the last one takes to be replaced.
    if (this.#workers.size === 0) await this.#grow();
    const [first] = [...this.#workers].sort((a, b) => Number(this.#busy.has(a)) - Number(this.#busy.has(b)));
    if (!first)
      throw this.#gone ?? new EdgeBertError('worker-lost', 'A worker ended as soon as it was there');
    return first.call(name, input);
  }

  /** Has the workers do some work with every text; the numbers come in the order of the texts. */
  async run(
    texts: readonly string[],
    work: Work,
    { signal, onProgress, priority }: WorkOptions,
  ): Promise<Float32Array> {
    if (this.#gone) throw this.#gone;
    if (texts.length === 0) return new Float32Array(0);
    const job = new Job(texts, work, this.#info.maxLength, onProgress);
    job.interactive =
      priority === undefined ? job.waiting <= LONGEST_PIECE * this.#rate : priority === 'interactive';
    this.#jobs.push(job);
    this.#deal();
    try {
      return await abortable(job.finished, signal);
    } catch (error) {
      job.fail(error);
      throw error;
    } finally {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    }
  }

  /** Rejects whatever waits, and all that is asked later. */
  close(error: EdgeBertError): void {
    this.#gone ??= error;
    this.#closing.abort();
    for (const job of this.#jobs) job.fail(error);
    for (const worker of this.#workers) worker.terminate(error);
    this.#workers.clear();
  }

  #add(worker: WorkerClient): void {
    worker.onLost = () => {
      this.#workers.delete(worker);
      this.#busy.delete(worker);
      // At once: whoever lost a call is likely to ask again.
      this.#grow().catch(() => {});
    };
    if (worker.alive) this.#workers.add(worker);
  }

  /** Adds a worker; one at a time, since each is copied from another. */
  #grow(): Promise<void> {
    this.#recruiting ??= this.#hire().finally(() => {
      this.#recruiting = undefined;
      this.#deal();
    });
    return this.#recruiting;
  }

  async #hire(): Promise<void> {
    const [from] = this.#workers;
    try {
      const worker = await this.#recruit(from, this.#closing.signal);
      if (this.#gone) worker.terminate(this.#gone);
      else this.#add(worker);
    } catch (error) {
      if (this.#gone) throw this.#gone;
      // Where there are others they do the work, and the browser isn't asked for more.
      this.#most = Math.max(this.#workers.size, 1);
      if (this.#workers.size > 0) return;
      for (const job of this.#jobs) job.fail(error);
      throw error;
    }
  }

  /** Gives every free worker something to do, and finds another worker if that is worth it. */
  #deal(): void {
    if (this.#gone) return;
    for (const worker of this.#workers) {
      if (this.#busy.has(worker)) continue;
      const open = this.#jobs.filter((job) => job.open);
      const job = open.find((candidate) => candidate.interactive) ?? open[0];
      if (!job) return;
      void this.#runOn(worker, job);
    }
    if (this.#workers.size >= this.#most) return;
    const waiting = this.#jobs.reduce((sum, job) => sum + job.waiting, 0);
    const enough = this.#workers.size === 0 ? 0 : WORTH_A_WORKER * this.#rate;
    if (waiting > enough) this.#grow().catch(() => {});
  }

  async #runOn(worker: WorkerClient, job: Job): Promise<void> {
    const share = job.waiting / this.#workers.size;
    const most = Math.min(Math.max(share, SHORTEST_PIECE * this.#rate), LONGEST_PIECE * this.#rate);
    const piece = job.take(most);
    this.#busy.add(worker);
    const began = performance.now();
    try {
      const numbers = await job.work.on(worker, piece.texts);
      const elapsed = Math.max(performance.now() - began, 0.1);
      this.#rate += RATE_GAIN * (piece.tokens / elapsed - this.#rate);
      job.deliver(piece, numbers);
    } catch (error) {
      job.fail(error);
    }
    this.#busy.delete(worker);
    this.#deal();
  }
}
