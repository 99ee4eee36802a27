import { create } from './dom';

/** A comparison needs two. */
const FEWEST = 2;
/** More than this make a table that nobody reads. */
const MOST = 12;

/** The list of sentences that the person edits. */
export class Rows {
  /** Called when a sentence was typed in, added or removed. */
  onChange: () => void = () => {};
  readonly #list: HTMLElement;
  readonly #add: HTMLButtonElement;

  constructor(list: HTMLElement, add: HTMLButtonElement, sentences: readonly string[]) {
    this.#list = list;
    this.#add = add;
    add.addEventListener('click', () => this.#append(''));
    list.addEventListener('input', () => this.onChange());
    for (const sentence of sentences) this.#list.append(this.#row(sentence));
    this.#number();
  }

  /** What stands in the rows, in order; blank ones too. */
  get sentences(): string[] {
    return this.#fields.map((field) => field.value.trim());
  }

  get #fields(): HTMLTextAreaElement[] {
    return [...this.#list.querySelectorAll('textarea')];
  }

  #append(sentence: string): void {
    if (this.#fields.length >= MOST) return;
    this.#list.append(this.#row(sentence));
    this.#changed();
    this.#fields.at(-1)!.focus();
  }

  #row(sentence: string): HTMLLIElement {
    const field = create('textarea', {
      rows: '1',
      spellcheck: 'true',
      autocomplete: 'off',
      enterkeyhint: 'next',
    });
    field.value = sentence;
    field.addEventListener('keydown', (event) => this.#onKey(event, field));
    const remove = create('button', { type: 'button', class: 'remove' }, '\u00d7');
    const row = create('li', {}, create('span', { class: 'number', 'aria-hidden': 'true' }), field, remove);
    remove.addEventListener('click', () => this.#remove(row));
    return row;
  }

  /** Enter goes on, to a new row after the last; a composition's own Enter belongs to the keyboard. */
  #onKey(event: KeyboardEvent, field: HTMLTextAreaElement): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const next = this.#fields[this.#fields.indexOf(field) + 1];
    if (next) next.focus();
    else if (field.value.trim()) this.#append('');
  }

  #remove(row: HTMLLIElement): void {
    const index = [...this.#list.children].indexOf(row);
    row.remove();
    this.#changed();
    this.#fields[Math.min(index, this.#fields.length - 1)]!.focus();
  }

  #changed(): void {
    this.#number();
    this.onChange();
  }

  #number(): void {
    const rows = [...this.#list.children];
    for (const [index, row] of rows.entries()) {
      const number = String(index + 1);
      row.querySelector('.number')!.textContent = number;
      row.querySelector('textarea')!.ariaLabel = `Sentence ${number}`;
      const remove = row.querySelector('button')!;
      remove.ariaLabel = `Remove sentence ${number}`;
      remove.disabled = rows.length <= FEWEST;
    }
    this.#add.disabled = rows.length >= MOST;
  }
}
