import { abortable } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { LoadOptions } from '../loading/types.js';
import { Job, type Work } from './job.js';
import type { CallName, Calls } from './protocol.js';
import type { WorkOptions } from './types.js';
import type { WorkerClient } from './worker-client.js';

/** Milliseconds of work in one message to a worker: short enough for others to get in between. */
const LONGEST_PIECE = 50;
/** Below this, the messages cost more than a second worker saves. */
const SHORTEST_PIECE = 5;
/**
 * Milliseconds that are worth another worker, which takes about as long to start: of work that no
 * worker has yet, or of time in which there was work and no worker was free.
 */
const WORTH_A_WORKER = 250;
/** Tokens per millisecond that a worker is assumed to manage until it has shown what it does. */
const FIRST_RATE = 4;
/** How much the newest measurement counts. */
const RATE_GAIN = 0.3;
/** Milliseconds until another start is tried after one that failed; twice as long after each more. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/** Starts workers that have the model. */
export interface Recruiter {
  /** One more, copied from `from` if that is given and lives. */
  another(from: WorkerClient | undefined, signal: AbortSignal): Promise<WorkerClient>;
}

/** Deals texts to workers, in pieces of about equal work, and puts together what comes back. */
export class Pool {
  /** How many workers there are at most. */
  readonly most: number;
  readonly #maxLength: number;
  readonly #recruiter: Recruiter;
  readonly #onWarning: LoadOptions['onWarning'];
  readonly #workers = new Set<WorkerClient>();
  readonly #busy = new Set<WorkerClient>();
  readonly #closing = new AbortController();
  #recruiting: Promise<void> | undefined;
  #jobs: Job[] = [];
  #rate = FIRST_RATE;
  /** Time in which work waited, less the time in which none did. */
  #waited = 0;
  #waitedUntil = performance.now();
  #waiting = false;
  #pause = FIRST_PAUSE;
  /** Not before this are more workers started. */
  #nextStart = 0;
  #gone: EdgeBertError | undefined;

  /** Takes workers that have their models; there will be `most` of them when there is much to do. */
  constructor(
    workers: Iterable<WorkerClient>,
    most: number,
    maxLength: number,
    recruiter: Recruiter,
    onWarning: LoadOptions['onWarning'],
  ) {
    this.most = most;
    this.#maxLength = maxLength;
    this.#recruiter = recruiter;
    this.#onWarning = onWarning;
    for (const worker of workers) this.#add(worker);
  }

  /** A short question, to a worker that has nothing to do if there is one. */
  async ask<Name extends CallName>(name: Name, input: Calls[Name]['in']): Promise<Calls[Name]['out']> {
    if (this.#gone) throw this.#gone;
    // As long as the last one takes to be replaced.
    if (this.#workers.size === 0) await this.#grow();
    const [first] = [...this.#workers].sort((a, b) => Number(this.#busy.has(a)) - Number(this.#busy.has(b)));
    if (!first)
      throw this.#gone ?? new EdgeBertError('worker-lost', 'A worker crashed as soon as it started');
    return first.call(name, input);
  }

  /** Has the workers do some work with every text; the numbers come in the order of the texts. */
  async run(
    work: Work,
    texts: readonly string[],
    { signal, onProgress, priority }: WorkOptions,
  ): Promise<Float32Array> {
    if (this.#gone) throw this.#gone;
    if (texts.length === 0) return new Float32Array(0);
    const job = new Job(texts, work, this.#maxLength, onProgress);
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

  /** Rejects pending calls with `lost`, and all that come later with `gone`. */
  close(lost: EdgeBertError, gone: EdgeBertError): void {
    this.#gone ??= gone;
    this.#closing.abort();
    for (const job of this.#jobs) job.fail(lost);
    for (const worker of this.#workers) worker.terminate(lost);
    this.#workers.clear();
  }

  #add(worker: WorkerClient): void {
    worker.onLost = () => {
      this.#workers.delete(worker);
      this.#busy.delete(worker);
      // Immediately: a caller whose call was lost is likely to retry.
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
      const worker = await this.#recruiter.another(from, this.#closing.signal);
      if (this.#gone) worker.terminate(this.#gone);
      else this.#add(worker);
      this.#pause = FIRST_PAUSE;
      this.#waited = 0;
    } catch (error) {
      if (this.#gone) throw this.#gone;
      // One warning for a row of failures.
      if (this.#pause === FIRST_PAUSE) this.#warn(error);
      // Memory that is short now may be there later.
      this.#nextStart = performance.now() + this.#pause;
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
      if (this.#workers.size > 0) return;
      for (const job of this.#jobs) job.fail(error);
      throw error;
    }
  }

  /** What is done without the worker is done all the same. */
  #warn(error: unknown): void {
    const message = `Another worker could not be started: ${messageOf(error)}`;
    try {
      this.#onWarning?.(new EdgeBertError('state', message, { cause: error }));
    } catch {
      // A listener's error must not stop the work.
    }
  }

  /** Gives every free worker something to do, and starts another worker if that is worth it. */
  #deal(): void {
    if (this.#gone) return;
    for (const worker of this.#workers) {
      if (this.#busy.has(worker)) continue;
      const open = this.#jobs.filter((job) => job.open);
      const job = open.find((candidate) => candidate.interactive) ?? open[0];
      if (!job) break;
      void this.#runOn(worker, job);
    }
    const waiting = this.#jobs.reduce((sum, job) => sum + job.waiting, 0);
    this.#note(waiting > 0);
    if (this.#workers.size >= this.most || waiting === 0) return;
    const now = performance.now();
    const worth = waiting > WORTH_A_WORKER * this.#rate || this.#waited > WORTH_A_WORKER;
    if (this.#workers.size > 0 && (!worth || now < this.#nextStart)) return;
    this.#grow().catch(() => {});
  }

  /** Counts the time since the last look, by what was seen then. */
  #note(waiting: boolean): void {
    const now = performance.now();
    const since = now - this.#waitedUntil;
    // A while ago counts no more than lately: the pool is no busier for it.
    this.#waited = this.#waiting
      ? Math.min(this.#waited + since, 2 * WORTH_A_WORKER)
      : Math.max(this.#waited - since, 0);
    this.#waitedUntil = now;
    this.#waiting = waiting;
  }

  async #runOn(worker: WorkerClient, job: Job): Promise<void> {
    const share = job.waiting / this.#workers.size;
    const most = Math.min(Math.max(share, SHORTEST_PIECE * this.#rate), LONGEST_PIECE * this.#rate);
    const piece = job.take(most);
    const { work } = job;
    this.#busy.add(worker);
    const began = performance.now();
    try {
      const numbers = await (work.call === 'encode'
        ? worker.call('encode', { ...work.input, texts: piece.texts })
        : worker.call('score', { ...work.input, texts: piece.texts }));
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
