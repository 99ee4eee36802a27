import type { WorkerModel } from 'edgebert';
import type { Collection, Hit } from '../collection';
import type { Figures } from '../figures';
import { count, milliseconds } from '../format';
import { Answers, SHOWN } from './answers';
import { measurePaint } from './timing';

/** More neighbours than are shown: the map places the query among them. */
const NEIGHBOURS = 12;
/** Until typing rests for so long, neither the address nor a screen reader follows it. */
const REST = 600;

/** The reverse dictionary: every keystroke is encoded in the worker, and searched for at once. */
export class Words {
  /** Called with the nearest entries of each query; none for an empty one. */
  onHits: (hits: readonly Hit[]) => void = () => {};
  onPoint: (index: number | undefined) => void = () => {};
  onFailure: (error: unknown) => void = () => {};
  readonly #query: HTMLInputElement;
  readonly #time: HTMLElement;
  readonly #heard: HTMLElement;
  readonly #answers: Answers;
  readonly #figures: Figures;
  readonly #example: string;
  #model: WorkerModel | undefined;
  #collection: Collection | undefined;
  #running: AbortController | undefined;
  #resting = 0;

  constructor(
    query: HTMLInputElement,
    list: HTMLElement,
    time: HTMLElement,
    heard: HTMLElement,
    figures: Figures,
  ) {
    this.#query = query;
    this.#time = time;
    this.#heard = heard;
    this.#figures = figures;
    this.#answers = new Answers(list);
    this.#answers.onChoose = (index, byKeyboard) => this.lookAround(index, byKeyboard);
    this.#answers.onPoint = (index) => this.onPoint(index);
    this.#answers.onLeave = () => this.#query.focus();
    // What the browser restored, or the address says, or else the page's own example.
    this.#example = query.defaultValue;
    if (query.value === query.defaultValue)
      query.value = new URL(location.href).searchParams.get('q') ?? query.defaultValue;
    query.addEventListener('input', ({ timeStamp }) => void this.#search(timeStamp));
    query.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('keydown', (event) => this.#onShortcut(event));
  }

  /** Wires the examples, each of which is a button with the text to ask for. */
  offer(list: HTMLElement): void {
    for (const button of list.querySelectorAll('button')) {
      button.addEventListener('click', ({ timeStamp }) => this.#ask(button.textContent!, timeStamp));
    }
  }

  use(model: WorkerModel, collection: Collection): void {
    this.#model = model;
    this.#collection = collection;
    void this.#search();
  }

  /** Asks for what lies near an entry. */
  lookAround(index: number, byKeyboard: boolean): void {
    const entry = this.#collection?.entry(index);
    if (!entry) return;
    this.#ask(entry.definition, performance.now());
    if (byKeyboard) {
      this.#query.focus();
      this.#query.select();
    }
  }

  #ask(text: string, timeStamp: number): void {
    this.#query.value = text;
    void this.#search(timeStamp);
  }

  /**
   * The latest query wins: one that is still being encoded is given up.
   *
   * @param typed when the event was that asked for it
   */
  async #search(typed?: number): Promise<void> {
    this.#running?.abort();
    this.#rest();
    const [model, collection] = [this.#model, this.#collection];
    if (!model || !collection) return;
    const text = this.#query.value.trim();
    if (!text) return this.#clear();
    const running = (this.#running = new AbortController());
    try {
      const began = performance.now();
      const vector = await model.encode([text], true, { signal: running.signal, priority: 'interactive' });
      const encoded = performance.now();
      const hits = collection.search(vector, NEIGHBOURS);
      const found = performance.now();
      this.#answers.show(hits, (index) => collection.entry(index));
      this.onHits(hits);
      this.#figures.encoded(1, encoded - began);
      this.#figures.searched(collection.size, found - encoded);
      if (typed === undefined) return;
      measurePaint(typed, (ms) => {
        this.#time.textContent = milliseconds(ms);
        this.#figures.painted(ms);
      });
    } catch (error) {
      if (!running.signal.aborted) this.onFailure(error);
    }
  }

  #clear(): void {
    this.#answers.wait();
    this.#time.textContent = '';
    this.onHits([]);
  }

  #rest(): void {
    clearTimeout(this.#resting);
    this.#resting = window.setTimeout(() => this.#tell(), REST);
  }

  /** Once typing rests: an address that can be passed on, and the answers for those who listen. */
  #tell(): void {
    const text = this.#query.value.trim();
    const address = new URL(location.href);
    if (text && text !== this.#example) address.searchParams.set('q', text);
    else address.searchParams.delete('q');
    if (address.href !== location.href) history.replaceState(history.state, '', address);
    const words = [...document.querySelectorAll('#answers .entry:not(.waits) button')].map(
      ({ textContent }) => textContent,
    );
    this.#heard.textContent =
      words.length > 0 ? `${count(SHOWN, 'answer')}: ${words.slice(0, 3).join('; ')}` : '';
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' && this.#query.value.trim()) {
      event.preventDefault();
      this.#answers.focus();
    } else if (event.key === 'Escape') {
      this.#ask('', event.timeStamp);
    }
  }

  /** "/" from anywhere, except where it is typed. */
  #onShortcut(event: KeyboardEvent): void {
    const isTyped =
      event.target instanceof Element && event.target.matches('input, textarea, [contenteditable]');
    if (event.key !== '/' || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#query.focus();
    this.#query.select();
  }
}
