import { create } from '../dom';
import { count } from '../format';
import type { KeptFile } from './library';

/** The list of the files that are kept, each with a button that removes it. */
export class Shelf {
  onRemove: (file: KeptFile) => void = () => {};
  /** Called when the keyboard has removed the last one. */
  onEmpty: () => void = () => {};
  readonly #list: HTMLElement;
  readonly #count: HTMLElement;
  readonly #clear: HTMLButtonElement;

  constructor(list: HTMLElement, counted: HTMLElement, clear: HTMLButtonElement) {
    this.#list = list;
    this.#count = counted;
    this.#clear = clear;
  }

  /** @param sample what is searched while there are no files */
  show(files: readonly KeptFile[], sample: string): void {
    const focused = [...this.#list.children].findIndex((row) => row.contains(document.activeElement));
    const rows = files.map((file) => this.#row(file));
    this.#list.replaceChildren(...(rows.length > 0 ? rows : [create('li', { class: 'sample' }, sample)]));
    this.#count.textContent = files.length > 0 ? count(files.length, 'file') : 'none yet';
    this.#clear.hidden = files.length === 0;
    // The keyboard stays where it was: on the row that follows the removed one.
    if (focused >= 0 && files.length === 0) this.onEmpty();
    else if (focused >= 0)
      this.#list.children[Math.min(focused, files.length - 1)]?.querySelector('button')?.focus();
  }

  #row(file: KeptFile): HTMLLIElement {
    const { name, words, records, of } = file;
    const remove = create('button', { type: 'button', class: 'remove', 'aria-label': `Remove ${name}` }, '×');
    remove.addEventListener('click', () => this.onRemove(file));
    const size = records < of ? `${records} of ${of} parts` : count(words, 'word');
    return create(
      'li',
      {},
      create('span', { class: 'title-of' }, name),
      create('span', { class: 'figure' }, size),
      remove,
    );
  }
}
