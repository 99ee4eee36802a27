import { cache, type WorkerModel } from 'edgebert';
import { create } from './dom';
import { count, megabytes, milliseconds } from './format';

/** Of how many of the latest measurements the middle one is shown. */
const KEPT = 100;

/** What loading told of itself. */
export interface Loaded {
  readonly bytes: number;
  readonly fromCache: boolean;
  readonly ms: number;
}

/** What runs here, in numbers that were taken here. */
export class Figures {
  readonly #cards = new Map<string, { value: HTMLElement; note: HTMLElement }>();
  readonly #encodes = new Recent();
  readonly #searches = new Recent();
  readonly #paints = new Recent();
  #modelBytes = 0;
  #indexBytes = 0;

  constructor(list: HTMLElement) {
    for (const name of ['Model', 'Came', 'To encode', 'To search', 'From key to paint', 'Memory']) {
      const value = create('dd', {}, '–');
      const note = create('dd', {}, '\u00a0');
      list.append(create('div', {}, create('dt', {}, name), value, note));
      this.#cards.set(name, { value, note });
    }
  }

  model({ info, dimension, maxLength }: WorkerModel, { bytes, fromCache, ms }: Loaded): void {
    this.#modelBytes = bytes;
    const numbers = info.precision === 'int8' ? '8-bit integers' : '32-bit floats';
    this.#tell(
      'Model',
      megabytes(bytes),
      `all-MiniLM-L6-v2: ${info.layers} layers in ${numbers}, ${dimension} numbers a text, up to ${maxLength} word pieces`,
    );
    this.#tell(
      'Came',
      fromCache ? 'from this browser' : 'over the network',
      `and was ready in ${milliseconds(ms)}${fromCache ? '' : '; the next visit takes it from this browser'}`,
    );
    void this.#tellMemory();
  }

  collection(bytes: number): void {
    this.#indexBytes = bytes;
    void this.#tellMemory();
  }

  encoded(texts: number, ms: number): void {
    const middle = this.#encodes.add(ms / texts);
    this.#tell(
      'To encode',
      milliseconds(middle),
      `a text of ${this.#encodes.size} lately, the middle one; in one worker`,
    );
  }

  searched(vectors: number, ms: number): void {
    const middle = this.#searches.add(ms);
    this.#tell(
      'To search',
      milliseconds(middle),
      `through ${count(vectors, 'vector')}, every one of them, on the page’s own thread`,
    );
  }

  painted(ms: number): void {
    const middle = this.#paints.add(ms);
    this.#tell(
      'From key to paint',
      milliseconds(middle),
      `95 of 100 within ${milliseconds(this.#paints.quantile(0.95))}`,
    );
  }

  async #tellMemory(): Promise<void> {
    const { usage } = await cache.estimate().catch(() => ({ usage: undefined }));
    const kept = usage === undefined ? '' : `; ${megabytes(usage)} kept on disk for the next visit`;
    this.#tell(
      'Memory',
      megabytes(this.#modelBytes + this.#indexBytes),
      `${megabytes(this.#modelBytes)} weights in the worker, ${megabytes(this.#indexBytes)} index on the page${kept}`,
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
