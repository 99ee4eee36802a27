import type { Calls } from './protocol.js';
import type { WorkOptions } from './types.js';

/** Characters per token, roughly; only the size of pieces depends on it. */
const CHARACTERS_PER_TOKEN = 4;

/** What is done with texts, on whichever worker. */
export type Work = {
  [Call in 'encode' | 'score']: {
    readonly call: Call;
    /** What goes along with the texts. */
    readonly input: Omit<Calls[Call]['in'], 'texts' | 'gpu'>;
    /** How many numbers come of one text. */
    readonly width: number;
    /** Characters that a worker reads with each text, such as a query. */
    readonly beside: number;
  };
}['encode' | 'score'];

/** A part of a job, for one worker. */
export interface Piece {
  readonly start: number;
  readonly texts: string[];
  /** Estimated. */
  readonly tokens: number;
}

/** One call of `encode` or `score`, while it lasts. */
export class Job {
  readonly work: Work;
  readonly finished: Promise<Float32Array>;
  /** Whether it goes before the bulk of the work. */
  interactive = false;
  /** In the caller's order. */
  readonly texts: readonly string[];
  readonly #maxLength: number;
  readonly #result: Float32Array;
  readonly #onProgress: WorkOptions['onProgress'];
  #waiting: number;
  #next = 0;
  #done = 0;
  #over = false;
  #resolve!: (result: Float32Array) => void;
  #reject!: (error: unknown) => void;

  /** Texts are truncated to `maxLength` tokens. */
  constructor(
    texts: readonly string[],
    work: Work,
    maxLength: number,
    onProgress: WorkOptions['onProgress'],
  ) {
    // The caller may change the array while the job lasts.
    this.texts = [...texts];
    this.work = work;
    this.#result = new Float32Array(texts.length * work.width);
    this.#maxLength = maxLength;
    this.#onProgress = onProgress;
    this.#waiting = texts.reduce((sum, text) => sum + this.#estimate(text), 0);
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether there is something left to give to a worker. */
  get open(): boolean {
    return !this.#over && this.#next < this.texts.length;
  }

  /** Estimated tokens of the texts that no worker has yet. */
  get waiting(): number {
    return this.open ? this.#waiting : 0;
  }

  /** The next piece: at least one text, and at most about `most` tokens. */
  take(most: number): Piece {
    const start = this.#next;
    let tokens = 0;
    while (this.#next < this.texts.length) {
      const cost = this.#estimate(this.texts[this.#next]!);
      if (this.#next > start && tokens + cost > most) break;
      tokens += cost;
      this.#next++;
    }
    this.#waiting -= tokens;
    return { start, texts: this.texts.slice(start, this.#next), tokens };
  }

  deliver({ start, texts }: Piece, numbers: Float32Array): void {
    if (this.#over) return;
    const total = this.texts.length;
    this.#result.set(numbers, start * this.work.width);
    this.#done += texts.length;
    try {
      this.#onProgress?.({ done: this.#done, total });
    } catch (error) {
      this.fail(error);
    }
    if (this.#done === total) this.#resolve(this.#result);
  }

  fail(error: unknown): void {
    this.#over = true;
    this.#reject(error);
  }

  #estimate(text: string): number {
    const characters = text.length + this.work.beside;
    return Math.min(2 + characters / CHARACTERS_PER_TOKEN, this.#maxLength);
  }
}
