import type { LoadProgress } from '../shared/types.js';

/** Events per load at most, besides the changes of phase. */
const STEPS = 200;

/** Turns what the parts of a load know into events that never go back. */
export class Progress {
  readonly #listener: (progress: LoadProgress) => void;
  readonly #onStep: () => void;
  #loaded = 0;
  #total = 0;
  #phase: LoadProgress['phase'] | undefined;
  #reported = 0;

  /** `onStep` hears of every step, also of those that make no event. */
  constructor(listener: (progress: LoadProgress) => void, onStep: () => void = () => {}) {
    this.#listener = listener;
    this.#onStep = onStep;
  }

  /** Says how large the file is that is being read; it changes where another one takes its place. */
  expect(total: number): void {
    this.#total = Math.max(total, this.#loaded);
  }

  /** Byte number `offset` of the file has been reached. */
  reach(offset: number, phase: LoadProgress['phase'], fromCache: boolean): void {
    this.#onStep();
    if (this.#total === 0) return;
    this.#loaded = Math.max(this.#loaded, Math.min(offset, this.#total));
    const due =
      this.#phase !== phase ||
      this.#loaded - this.#reported >= this.#total / STEPS ||
      (this.#loaded === this.#total && this.#reported < this.#total);
    if (!due) return;
    this.#phase = phase;
    this.#reported = this.#loaded;
    this.#listener({ loaded: this.#loaded, total: this.#total, phase, fromCache });
  }

  /** The model is ready. */
  end(fromCache: boolean): void {
    this.reach(this.#total, 'load', fromCache);
  }
}
