import { abortable } from './abort.js';
import type { EdgeBertError } from './errors.js';
import type { EncodeOptions } from './types.js';
import type { WorkerClient } from './worker-client.js';

/** Milliseconds of work in one message to a worker: short enough for others to get in between. */
const LONGEST_PIECE = 50;
/** Below this, the messages cost more than a second worker saves. */
const SHORTEST_PIECE = 5;
/** Tokens per millisecond that a worker is taken to manage until it has shown what it does. */
const FIRST_RATE = 4;
/** How much the newest measurement counts. */
const RATE_GAIN = 0.3;
/** Characters per word piece, roughly; only the cut into pieces depends on it. */
const CHARACTERS_PER_TOKEN = 4;

/** One call of `encode`, while it lasts. */
class Job {
  readonly texts: readonly string[];
  readonly normalize: boolean;
  readonly result: Float32Array;
  readonly finished: Promise<Float32Array>;
  /** Estimated tokens of the texts that no worker has yet. */
  waiting: number;
  /** Whether it goes before the bulk of the work. */
  interactive = false;
  next = 0;
  #done = 0;
  #over = false;
  readonly #onProgress: EncodeOptions['onProgress'];
  #resolve!: (result: Float32Array) => void;
  #reject!: (error: unknown) => void;

  constructor(
    texts: readonly string[],
    normalize: boolean,
    dimension: number,
    waiting: number,
    onProgress: EncodeOptions['onProgress'],
  ) {
    this.texts = texts;
    this.normalize = normalize;
    this.result = new Float32Array(texts.length * dimension);
    this.waiting = waiting;
    this.#onProgress = onProgress;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether there is something left to give to a worker. */
  get open(): boolean {
    return !this.#over && this.next < this.texts.length;
  }

  deliver(start: number, count: number, vectors: Float32Array): void {
    if (this.#over) return;
    const total = this.texts.length;
    this.result.set(vectors, (start * this.result.length) / total);
    this.#done += count;
    try {
      this.#onProgress?.({ done: this.#done, total });
    } catch (error) {
      this.fail(error);
    }
    if (this.#done === total) this.#resolve(this.result);
  }

  fail(error: unknown): void {
    this.#over = true;
    this.#reject(error);
  }
}

/** Deals texts to workers, in pieces of about equal work, and puts the vectors together. */
export class Pool {
  readonly #dimension: number;
  readonly #maxLength: number;
  readonly #workers: Set<WorkerClient>;
  readonly #busy = new Set<WorkerClient>();
  #jobs: Job[] = [];
  #rate = FIRST_RATE;
  #gone: EdgeBertError | undefined;

  /** Takes workers that have their models; `maxLength` is what a text is cut to. */
  constructor(workers: Iterable<WorkerClient>, dimension: number, maxLength: number) {
    this.#workers = new Set(workers);
    this.#dimension = dimension;
    this.#maxLength = maxLength;
  }

  /** Leaves a lost worker out from now on; the last one takes all that waits with it. */
  remove(worker: WorkerClient, error: EdgeBertError): void {
    this.#workers.delete(worker);
    this.#busy.delete(worker);
    if (this.#workers.size === 0) this.close(error);
  }

  /** A worker for a short question, one that has nothing to do if there is one. */
  any(): WorkerClient {
    if (this.#gone) throw this.#gone;
    for (const worker of this.#workers) if (!this.#busy.has(worker)) return worker;
    return [...this.#workers][0]!;
  }

  async encode(
    texts: readonly string[],
    normalize: boolean,
    { signal, onProgress }: EncodeOptions,
  ): Promise<Float32Array> {
    if (this.#gone) throw this.#gone;
    if (texts.length === 0) return new Float32Array(0);
    const tokens = texts.reduce((sum, text) => sum + this.#estimate(text), 0);
    const job = new Job([...texts], normalize, this.#dimension, tokens, onProgress);
    job.interactive = tokens <= LONGEST_PIECE * this.#rate;
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
    for (const job of this.#jobs) job.fail(error);
    for (const worker of this.#workers) worker.terminate();
    this.#workers.clear();
  }

  #estimate(text: string): number {
    return Math.min(2 + text.length / CHARACTERS_PER_TOKEN, this.#maxLength);
  }

  /** Gives every free worker something to do. */
  #deal(): void {
    for (const worker of this.#workers) {
      if (this.#busy.has(worker)) continue;
      const open = this.#jobs.filter((job) => job.open);
      const job = open.find((candidate) => candidate.interactive) ?? open[0];
      if (!job) return;
      void this.#run(worker, job);
    }
  }

  async #run(worker: WorkerClient, job: Job): Promise<void> {
    const { start, tokens } = this.#cut(job);
    const texts = job.texts.slice(start, job.next);
    this.#busy.add(worker);
    const began = performance.now();
    try {
      const vectors = await worker.call('encode', { texts, normalize: job.normalize });
      const elapsed = Math.max(performance.now() - began, 0.1);
      this.#rate += RATE_GAIN * (tokens / elapsed - this.#rate);
      job.deliver(start, texts.length, vectors);
    } catch (error) {
      job.fail(error);
    }
    this.#busy.delete(worker);
    this.#deal();
  }

  /** Takes the next piece off a job: at least one text, and a share for every worker. */
  #cut(job: Job): { start: number; tokens: number } {
    const share = job.waiting / this.#workers.size;
    const most = Math.min(Math.max(share, SHORTEST_PIECE * this.#rate), LONGEST_PIECE * this.#rate);
    const start = job.next;
    let tokens = 0;
    while (job.next < job.texts.length) {
      const cost = this.#estimate(job.texts[job.next]!);
      if (job.next > start && tokens + cost > most) break;
      tokens += cost;
      job.next++;
    }
    job.waiting -= tokens;
    return { start, tokens };
  }
}
