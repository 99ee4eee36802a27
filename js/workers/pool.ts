import { assets } from '../engine/assets.js';
import { abortable } from '../shared/abort.js';
import { EdgeBertError, messageOf } from '../shared/errors.js';
import { notify } from '../shared/notify.js';
import { truncationWarning } from '../engine/truncation.js';
import type { LoadOptions } from '../loading/types.js';
import { Job, type Work } from './job.js';
import type { CallName, Calls } from './protocol.js';
import type { DeviceChoice, ModelDevice, WorkOptions } from './types.js';
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
/** Estimated tokens of bulk work that are worth finding out whether a GPU does it faster. */
const WORTH_A_TRIAL = 1_000;
/** Texts to find that out with; the GPU takes as many as have about so many tokens. */
const TRIAL_TEXTS = 128;
/** Pieces that the GPU has at the same time: one runs while the next one is made ready. */
const GPU_PIECES = 2;
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

/** What takes pieces: a worker's engine, or the GPU that a worker has beside it. */
interface Lane {
  readonly worker: WorkerClient;
  /** Tokens per millisecond. */
  rate: number;
  /** Pieces under way. */
  running: number;
  /** When the last piece was done. */
  doneAt: number;
}

/** Whether a GPU was given up on this page: there is no other try. */
let gpuFailed = false;
const NO_GPU = 'There is no WebGPU in this script, or it has failed on this page';

/** Deals texts to workers, in pieces of about equal work, and puts together what comes back. */
export class Pool {
  /** How many workers there are at most. */
  readonly most: number;
  readonly #maxLength: number;
  readonly #recruiter: Recruiter;
  readonly #onWarning: LoadOptions['onWarning'];
  /** One for each worker. */
  #lanes: Lane[] = [];
  #gpu: Lane | undefined;
  readonly #device: DeviceChoice;
  #gpuTried = false;
  readonly #closing = new AbortController();
  #recruiting: Promise<void> | undefined;
  #jobs: Job[] = [];
  /** Of the last lane of wasm that has done something. */
  #rate = FIRST_RATE;
  /** Time in which work waited, less the time in which none did. */
  #waited = 0;
  #waitedUntil = performance.now();
  #waiting = false;
  #pause = FIRST_PAUSE;
  /** Not before this are more workers started. */
  #nextStart = 0;
  #gone: EdgeBertError | undefined;
  #truncated = 0;
  #tokens = 0;

  /** Takes workers that have their models; there will be `most` of them when there is much to do. */
  constructor(
    workers: Iterable<WorkerClient>,
    most: number,
    maxLength: number,
    recruiter: Recruiter,
    device: DeviceChoice,
    onWarning: LoadOptions['onWarning'],
  ) {
    this.most = most;
    this.#maxLength = maxLength;
    this.#recruiter = recruiter;
    this.#device = device;
    this.#onWarning = onWarning;
    for (const worker of workers) this.#add(worker);
  }

  /** How many texts have been truncated. */
  get truncated(): number {
    return this.#truncated;
  }

  /** How many tokens the texts had, without what was truncated. */
  get tokens(): number {
    return this.#tokens;
  }

  /** A short question, to a worker that has nothing to do if there is one. */
  async ask<Name extends CallName>(name: Name, input: Calls[Name]['in']): Promise<Calls[Name]['out']> {
    if (this.#gone) throw this.#gone;
    // As long as the last one takes to be replaced.
    if (this.#lanes.length === 0) await this.#grow();
    const [first] = [...this.#lanes].sort((a, b) => a.running - b.running);
    if (!first)
      throw this.#gone ?? new EdgeBertError('worker-lost', 'A worker crashed as soon as it started');
    return first.worker.call(name, input);
  }

  /** What does the bulk of the work. */
  get device(): ModelDevice {
    return this.#gpu ? 'webgpu' : 'wasm';
  }

  /**
   * Has a worker open the GPU; with a job, if that shows that it is worth it. It is not tried again unless
   * that worker crashes.
   *
   * @throws EdgeBertError `unsupported` where there is no GPU
   */
  async openGpu(job?: Job): Promise<void> {
    this.#gpuTried = true;
    const { worker } = this.#lanes[0]!;
    const module = assets().gpuScript();
    if (gpuFailed || !module) throw new EdgeBertError('unsupported', NO_GPU);
    worker.onGpuShut = (warning) => {
      gpuFailed ||= this.#gpu !== undefined;
      this.#gpu = undefined;
      this.#warn(warning);
      this.#deal();
    };
    const trial = job && { ...job.work.input, texts: job.texts.slice(0, TRIAL_TEXTS), workers: this.most };
    // Next.js has addresses without a host, which a worker from a blob: address does not complete.
    const { href } = new URL(module.href, globalThis.location?.href);
    const rate = await worker.call('openGpu', { module: href, trial });
    if (rate && worker.alive) this.#gpu = lane(worker, rate);
    this.#deal();
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
    for (const { worker } of this.#lanes) worker.terminate(lost);
    this.#lanes = [];
  }

  #add(worker: WorkerClient): void {
    worker.onLost = () => {
      this.#lanes = this.#lanes.filter((lane) => lane.worker !== worker);
      if (this.#gpu?.worker === worker) {
        this.#gpu = undefined;
        this.#gpuTried = false;
      }
      // Immediately: a caller whose call was lost is likely to retry.
      this.#grow().catch(() => {});
    };
    if (worker.alive) this.#lanes.push(lane(worker, this.#rate));
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
    const [from] = this.#lanes;
    try {
      const worker = await this.#recruiter.another(from?.worker, this.#closing.signal);
      if (this.#gone) worker.terminate(this.#gone);
      else this.#add(worker);
      this.#pause = FIRST_PAUSE;
      this.#waited = 0;
    } catch (error) {
      if (this.#gone) throw this.#gone;
      // One warning for a row of failures.
      if (this.#pause === FIRST_PAUSE)
        this.#warn(`Another worker could not be started: ${messageOf(error)}`, error);
      // Memory that is short now may be there later.
      this.#nextStart = performance.now() + this.#pause;
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
      if (this.#lanes.length > 0) return;
      for (const job of this.#jobs) job.fail(error);
      throw error;
    }
  }

  /** What is done without the worker is done all the same. */
  #warn(message: string, cause?: unknown): void {
    notify(this.#onWarning, new EdgeBertError('state', message, { cause }));
  }

  #noteTruncated(call: Work['call'], count: number): void {
    if (count > 0 && this.#truncated === 0) {
      notify(this.#onWarning, truncationWarning(call, this.#maxLength));
    }
    this.#truncated += count;
  }

  /** Gives every free lane something to do, and starts another worker if that is worth it. */
  #deal(): void {
    if (this.#gone) return;
    const gpu = this.#gpu;
    // The GPU takes all of the bulk, so that its vectors are of one device, and nothing else.
    const openTo = (lane?: Lane) =>
      this.#jobs.filter((job) => job.open && (!gpu || job.interactive === (lane !== gpu)));
    for (const lane of gpu ? [...this.#lanes, gpu] : this.#lanes) {
      while (lane.running < (lane === gpu ? GPU_PIECES : 1)) {
        const jobs = openTo(lane);
        const job = jobs.find((candidate) => candidate.interactive) ?? jobs[0];
        if (!job) break;
        void this.#runOn(lane, job);
      }
    }
    const bulk = this.#jobs.find((job) => !job.interactive && job.waiting >= WORTH_A_TRIAL);
    if (bulk && this.#device !== 'wasm' && !this.#gpuTried && this.#lanes.length > 0) {
      // Where there is no GPU, there are the workers.
      this.openGpu(this.#device === 'auto' ? bulk : undefined).catch(() => {});
    }
    const waiting = openTo().reduce((sum, job) => sum + job.waiting, 0);
    this.#note(waiting > 0);
    if (this.#lanes.length >= this.most || waiting === 0) return;
    const now = performance.now();
    const worth = waiting > WORTH_A_WORKER * this.#rate || this.#waited > WORTH_A_WORKER;
    if (this.#lanes.length > 0 && (!worth || now < this.#nextStart)) return;
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

  async #runOn(lane: Lane, job: Job): Promise<void> {
    const { worker } = lane;
    const gpu = lane === this.#gpu;
    const share = job.waiting / this.#lanes.length;
    const most = Math.min(Math.max(share, SHORTEST_PIECE * lane.rate), LONGEST_PIECE * lane.rate);
    const piece = job.take(most);
    const { work } = job;
    lane.running++;
    const began = performance.now();
    try {
      const { texts } = piece;
      const { numbers, truncated, tokens } = await (work.call === 'encode'
        ? worker.call('encode', { ...work.input, texts, gpu })
        : worker.call('score', { ...work.input, texts, gpu }));
      this.#noteTruncated(work.call, truncated);
      this.#tokens += tokens;
      const now = performance.now();
      // Another piece of the same lane may have been done before.
      const elapsed = Math.max(now - Math.max(began, lane.doneAt), 0.1);
      lane.doneAt = now;
      lane.rate += RATE_GAIN * (piece.tokens / elapsed - lane.rate);
      if (!gpu) this.#rate = lane.rate;
      job.deliver(piece, numbers);
    } catch (error) {
      job.fail(error);
    }
    lane.running--;
    this.#deal();
  }
}

function lane(worker: WorkerClient, rate: number): Lane {
  return { worker, rate, running: 0, doneAt: 0 };
}
