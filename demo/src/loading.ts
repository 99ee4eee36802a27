import { megabytes, timeLeft } from './format';

/** How far one of the downloads is. */
export interface Part {
  readonly loaded: number;
  readonly total: number;
  readonly fromCache: boolean;
}

type State = 'waits' | 'loading' | 'ready' | 'stopped' | 'failed' | 'asks';

/** Milliseconds between two reports of how much has arrived: each makes the browser lay out the line. */
const REPORT = 250;

/** The line under the search field: how much is left to load, or what went wrong, and a button for it. */
export class Loading {
  /** Called when the person wants the model, for the first time or once more. */
  onStart: () => void = () => {};
  /** Called when the state changes. */
  onState: (state: State) => void = () => {};
  readonly #root: HTMLElement;
  readonly #text: HTMLElement;
  readonly #action: HTMLButtonElement;
  readonly #bar: HTMLProgressElement;
  readonly #error: HTMLElement;
  readonly #total: number;
  readonly #parts = new Map<string, Part>();
  #began = 0;
  #due = 0;
  #abort: AbortController | undefined;

  /** @param total how many bytes there are to load in all */
  constructor(root: HTMLElement, total: number) {
    const part = <E extends HTMLElement>(name: string) => root.querySelector<E>(`#state-${name}`)!;
    this.#root = root;
    this.#total = total;
    this.#text = part('text');
    this.#action = part('action');
    this.#bar = part('progress');
    this.#error = part('error');
    this.#action.addEventListener('click', () => (this.#abort ? this.#abort.abort() : this.onStart()));
  }

  /** Shows that loading begins; the signal aborts when the person cancels. */
  begin(): AbortSignal {
    this.#parts.clear();
    this.#began = 0;
    this.#abort = new AbortController();
    this.#show('loading', 'Loading the model and the words', 'Cancel');
    return this.#abort.signal;
  }

  /** Asks first, for somebody whose browser is set to save data. */
  ask(): void {
    this.#show(
      'asks',
      `Your browser saves data. The model and the words are ${megabytes(this.#total)}, once. Until then the examples answer.`,
      'Load them',
    );
  }

  /** Offers it, where a download costs something: whoever types wants it. */
  offer(): void {
    this.#show(
      'waits',
      `The model and the words are ${megabytes(this.#total)}, once. They load when you type; until then the examples answer.`,
      'Load them',
    );
  }

  progress(name: string, part: Part): void {
    this.#parts.set(name, part);
    if (this.#due === 0) this.#due = window.setTimeout(() => this.#report(), REPORT);
  }

  #report(): void {
    this.#due = 0;
    if (!this.#abort) return;
    const parts = [...this.#parts.values()];
    const loaded = parts.reduce((sum, part) => sum + part.loaded, 0);
    this.#bar.value = Math.min(1, loaded / this.#total);
    if (parts.every((part) => part.fromCache)) return this.#say('Loading from this browser');
    this.#began ||= performance.now();
    const ms = performance.now() - this.#began;
    const left = Math.max(0, this.#total - loaded);
    this.#say(
      'Loading once, then it works offline',
      `${megabytes(left)} left of ${megabytes(this.#total)}${timeLeft(loaded / this.#total, ms)}`,
    );
  }

  ready(text: string): void {
    this.#abort = undefined;
    this.#show('ready', text);
  }

  stopped(): void {
    this.#abort = undefined;
    this.#show('stopped', 'Loading was cancelled. The examples still answer.', 'Load the model');
  }

  fail(text: string): void {
    this.#abort = undefined;
    this.#show('failed', 'Loading failed', 'Try again');
    this.#error.textContent = text;
  }

  #show(state: State, text: string, action = ''): void {
    this.#root.dataset.state = state;
    this.#error.textContent = '';
    // A button that goes must not take the keyboard's place on the page with it.
    if (!action && document.activeElement === this.#action) this.#text.focus();
    this.#action.textContent = action;
    this.#action.hidden = action === '';
    this.#bar.value = 0;
    this.#say(text);
    this.onState(state);
  }

  /** Screen readers hear `text` when it changes; the running amount is for the eye. */
  #say(text: string, amount = ''): void {
    let words = this.#text.firstChild;
    if (words?.textContent !== text) this.#text.replaceChildren((words = document.createTextNode(text)));
    let running = this.#text.querySelector('span');
    if (!amount) return running?.remove();
    if (!running) {
      running = document.createElement('span');
      running.ariaHidden = 'true';
      this.#text.append(running);
    }
    running.textContent = `: ${amount}`;
  }
}
