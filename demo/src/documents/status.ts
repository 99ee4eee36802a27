import { create, element } from '../dom';

/** The lines about reading files: how far it is, what became of it, and what can be done about it. */
export class Status {
  onCancel: () => void = () => {};
  onStartOver: () => void = () => {};
  readonly #state = element('indexing');
  readonly #text = element('indexing-text');
  readonly #bar = element<HTMLProgressElement>('indexing-progress');
  readonly #cancel = element<HTMLButtonElement>('indexing-action');
  readonly #offer = element<HTMLButtonElement>('indexing-offer');
  readonly #error = element('indexing-error');
  readonly #startOver = element<HTMLButtonElement>('indexing-start-over');
  #accept: () => void = () => {};

  constructor() {
    this.#cancel.addEventListener('click', () => this.onCancel());
    this.#offer.addEventListener('click', () => {
      this.#text.focus();
      this.#offer.hidden = true;
      this.#accept();
    });
    this.#startOver.addEventListener('click', () => {
      // The keyboard's place must not go with the button.
      this.#text.focus();
      this.onStartOver();
    });
  }

  busy(isBusy: boolean): void {
    this.#state.dataset.state = isBusy ? 'loading' : 'idle';
    if (!isBusy && document.activeElement === this.#cancel) this.#text.focus();
    this.#cancel.hidden = !isBusy;
    this.#bar.value = 0;
    if (isBusy) this.clear();
  }

  /** Screen readers hear `text` when it changes; the running amount is for the eye. */
  progress(text: string, amount: string, fraction: number): void {
    this.#bar.value = fraction;
    this.say(text, amount);
  }

  say(text: string, amount = ''): void {
    this.#offer.hidden = true;
    if (this.#text.firstChild?.textContent !== text) this.#text.replaceChildren(text);
    this.#text.querySelector('span')?.remove();
    if (amount) this.#text.append(create('span', { 'aria-hidden': 'true' }, `: ${amount}`));
  }

  /** Says something, with a button for what can be done about it. */
  offer(text: string, action: string, accept: () => void): void {
    this.say(text);
    this.#offer.textContent = action;
    this.#offer.hidden = false;
    this.#accept = accept;
  }

  fail(text: string, canStartOver = false): void {
    this.say('');
    this.#error.textContent = text;
    this.#startOver.hidden = !canStartOver;
  }

  clear(): void {
    this.#error.textContent = '';
    this.#startOver.hidden = true;
    this.#offer.hidden = true;
  }
}
