import { megabytes } from './format';

/** How far one of the downloads is. */
export interface Part {
  readonly loaded: number;
  readonly total: number;
  readonly fromCache: boolean;
}

/** The line under the search field: how far loading is, or what went wrong, and a button for it. */
export class Loading {
  /** Called when the person wants another try. */
  onRetry: () => void = () => {};
  readonly #root: HTMLElement;
  readonly #text: HTMLElement;
  readonly #action: HTMLButtonElement;
  readonly #bar: HTMLProgressElement;
  readonly #error: HTMLElement;
  readonly #parts = new Map<string, Part>();
  #abort: AbortController | undefined;

  constructor(root: HTMLElement) {
    const part = <E extends HTMLElement>(name: string) => root.querySelector<E>(`#state-${name}`)!;
    this.#root = root;
    this.#text = part('text');
    this.#action = part('action');
    this.#bar = part('progress');
    this.#error = part('error');
    this.#action.addEventListener('click', () => (this.#abort ? this.#abort.abort() : this.onRetry()));
  }

  /** Shows that loading begins; the signal aborts when the person cancels. */
  begin(): AbortSignal {
    this.#parts.clear();
    this.#abort = new AbortController();
    this.#show('loading', 'Getting ready', 'Cancel');
    return this.#abort.signal;
  }

  progress(name: string, part: Part): void {
    this.#parts.set(name, part);
    if (!this.#abort) return;
    const parts = [...this.#parts.values()];
    const loaded = parts.reduce((sum, part) => sum + part.loaded, 0);
    const total = parts.reduce((sum, part) => sum + part.total, 0);
    this.#bar.value = total > 0 ? loaded / total : 0;
    const from = parts.every((part) => part.fromCache)
      ? 'Taking it from this browser'
      : 'Fetching model and words';
    this.#say(from, `${megabytes(loaded)} of ${megabytes(total)}`);
  }

  ready(text: string): void {
    this.#abort = undefined;
    this.#show('ready', text);
  }

  stopped(): void {
    this.#abort = undefined;
    this.#show('stopped', 'Loading was stopped.', 'Load the model');
  }

  fail(text: string): void {
    this.#abort = undefined;
    this.#show('failed', 'That didn’t work', 'Try again');
    this.#error.textContent = text;
  }

  #show(state: 'loading' | 'ready' | 'stopped' | 'failed', text: string, action = ''): void {
    this.#root.dataset.state = state;
    this.#error.textContent = '';
    // A button that goes must not take the keyboard's place on the page with it.
    if (!action && document.activeElement === this.#action) this.#text.focus();
    this.#action.textContent = action;
    this.#action.hidden = action === '';
    this.#bar.value = 0;
    this.#say(text);
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
