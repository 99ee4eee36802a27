import type { LoadProgress } from '../shared/types.js';

/** The most events per load, besides the changes of phase. */
const STEPS = 200;

/** Turns the positions that the steps of a load report into events that never decrease. */
export class Progress {
  readonly #listener: (progress: LoadProgress) => void;
  readonly #onStep: () => void;
  #loaded = 0;
  #total = 0;
  #phase: LoadProgress['phase'] | undefined;
  #reported = 0;

  /** `onStep` is called for every step, even if it makes no event. */
  constructor(listener: (progress: LoadProgress) => void, onStep: () => void = () => {}) {
    this.#listener = listener;
    this.#onStep = onStep;
  }

  /** Sets the size of the file that is being read; another file may replace it. */
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

  /** All bytes are there; by default, the model is ready. */
  end(fromCache: boolean, phase: LoadProgress['phase'] = 'load'): void {
    this.reach(this.#total, phase, fromCache);
  }
}
