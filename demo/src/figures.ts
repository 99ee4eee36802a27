import type { WorkerModel } from 'edgebert';
import { create } from './dom';
import { count, megabytes, milliseconds } from './format';

/** The median of so many of the latest measurements is shown. */
const KEPT = 100;
/** The first measurements are those of a page that warms up, and say nothing. */
const WARM = 3;

/** What loading reported of itself. */
export interface Loaded {
  readonly bytes: number;
  readonly fromCache: boolean;
  readonly ms: number;
}

/** What the page measures of itself while it is used. */
export class Figures {
  readonly #cards = new Map<string, { value: HTMLElement; note: HTMLElement }>();
  readonly #encodes = new Recent();
  readonly #searches = new Recent();
  readonly #paints = new Recent();
  #modelBytes = 0;
  #indexBytes = 0;

  constructor(list: HTMLElement) {
    for (const name of ['Model', 'Loading', 'One text', 'One search', 'Key to paint', 'Memory']) {
      const value = create('dd', {}, '–');
      const note = create('dd', {}, 'after a few searches');
      list.append(create('div', {}, create('dt', {}, name), value, note));
      this.#cards.set(name, { value, note });
    }
  }

  model({ info, dimension, maxLength }: WorkerModel, { bytes, fromCache, ms }: Loaded): void {
    this.#modelBytes = bytes;
    const numbers = info.precision === 'f32' ? '32-bit floats' : '8-bit integers';
    this.#tell(
      'Model',
      megabytes(bytes),
      `all-MiniLM-L6-v2: ${info.layers} layers in ${numbers}, ${dimension} numbers a text, up to ${maxLength} tokens`,
    );
    this.#tell(
      'Loading',
      milliseconds(ms),
      fromCache
        ? 'from this browser, where an earlier visit left it'
        : 'over the network; the next visit reads it from this browser',
    );
    void this.#tellMemory();
  }

  collection(bytes: number): void {
    this.#indexBytes = bytes;
    void this.#tellMemory();
  }

  encoded(texts: number, ms: number): void {
    const median = this.#encodes.add(ms / texts);
    if (this.#encodes.size < WARM) return;
    this.#tell('One text', milliseconds(median), `median of the latest ${this.#encodes.size}, in one worker`);
  }

  searched(vectors: number, ms: number): void {
    const median = this.#searches.add(ms);
    if (this.#searches.size < WARM) return;
    this.#tell(
      'One search',
      milliseconds(median),
      `median; compares all ${count(vectors, 'vector')}, in another worker`,
    );
  }

  /** Returns whether the page is warm, so that the figure means something. */
  painted(ms: number): boolean {
    const median = this.#paints.add(ms);
    if (this.#paints.size < WARM) return false;
    this.#tell(
      'Key to paint',
      milliseconds(median),
      `median, from a keystroke to painted answers; 95 of 100 within ${milliseconds(this.#paints.quantile(0.95))}`,
    );
    return true;
  }

  async #tellMemory(): Promise<void> {
    // Not everywhere, and not for pages from plain http.
    const { usage } = (await navigator.storage?.estimate().catch(() => undefined)) ?? {};
    const kept = usage === undefined ? '' : `; ${megabytes(usage)} on disk for the next visit`;
    this.#tell(
      'Memory',
      megabytes(this.#modelBytes + this.#indexBytes),
      `${megabytes(this.#modelBytes)} weights in one worker, ${megabytes(this.#indexBytes)} index in another${kept}`,
    );
  }

  #tell(name: string, value: string, note: string): void {
    const card = this.#cards.get(name)!;
    if (card.value.textContent !== value) card.value.textContent = value;
    if (card.note.textContent !== note) card.note.textContent = note;
  }
}

/** The latest measurements. */
class Recent {
  readonly #values: number[] = [];

  get size(): number {
    return this.#values.length;
  }

  /** Returns the median. */
  add(value: number): number {
    this.#values.push(value);
    if (this.#values.length > KEPT) this.#values.shift();
    return this.quantile(0.5);
  }

  quantile(share: number): number {
    const sorted = this.#values.toSorted((one, other) => one - other);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  }
}
