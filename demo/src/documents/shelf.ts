import type { SearchDocument } from 'edgebert';
import { create } from '../dom';
import { count } from '../format';

/** The list of the texts that are kept, each with a button that drops it. */
export class Shelf {
  onRemove: (id: string) => void = () => {};
  /** Told when the keyboard has taken the last one. */
  onEmpty: () => void = () => {};
  readonly #list: HTMLElement;
  readonly #count: HTMLElement;
  readonly #clear: HTMLButtonElement;

  constructor(list: HTMLElement, counted: HTMLElement, clear: HTMLButtonElement) {
    this.#list = list;
    this.#count = counted;
    this.#clear = clear;
  }

  show(documents: readonly SearchDocument[]): void {
    const focused = [...this.#list.children].findIndex((row) => row.contains(document.activeElement));
    this.#list.replaceChildren(...documents.map((document) => this.#row(document)));
    this.#count.textContent = documents.length > 0 ? count(documents.length, 'text') : 'empty';
    this.#clear.hidden = documents.length === 0;
    // The keyboard stays where it was: on the row that took the removed one's place.
    if (focused >= 0 && documents.length === 0) this.onEmpty();
    else if (focused >= 0)
      this.#list.children[Math.min(focused, documents.length - 1)]?.querySelector('button')?.focus();
  }

  #row({ id, text }: SearchDocument): HTMLLIElement {
    const remove = create(
      'button',
      { type: 'button', class: 'remove', 'aria-label': `Take ${id} off the shelf` },
      '×',
    );
    remove.addEventListener('click', () => this.onRemove(id));
    const words = text.split(/\s+/).filter(Boolean).length;
    return create(
      'li',
      {},
      create('span', { class: 'title-of' }, id),
      create('span', { class: 'figure' }, count(words, 'word')),
      remove,
    );
  }
}
