import type { Entry, Hit } from '../collection';
import { create } from '../dom';

/** How many entries the page shows. */
export const SHOWN = 8;

/** The list of answers, in the dress of a dictionary. Its rows stay; only what stands in them changes. */
export class Answers {
  /** Called when an answer is chosen. */
  onChoose: (index: number, byKeyboard: boolean) => void = () => {};
  /** Called when the pointer or the focus comes to an answer, or leaves it. */
  onPoint: (index: number | undefined) => void = () => {};
  /** Called when the keyboard leaves the list at its top. */
  onLeave: () => void = () => {};
  readonly #rows: Row[];

  constructor(list: HTMLElement) {
    this.#rows = Array.from({ length: SHOWN }, () => new Row());
    for (const row of this.#rows) {
      list.append(row.root);
      row.button.addEventListener('click', ({ detail }) => {
        if (row.index !== undefined) this.onChoose(row.index, detail === 0);
      });
      for (const event of ['pointerenter', 'focusin'])
        row.root.addEventListener(event, () => this.onPoint(row.index));
      for (const event of ['pointerleave', 'focusout'])
        row.root.addEventListener(event, () => this.onPoint(undefined));
    }
    list.addEventListener('keydown', (event) => this.#onKey(event));
    this.wait();
  }

  /** Grey lines where answers will stand. */
  wait(): void {
    for (const row of this.#rows) row.wait();
  }

  show(hits: readonly Hit[], entry: (index: number) => Entry): void {
    for (const [i, row] of this.#rows.entries()) {
      const hit = hits[i];
      if (hit) row.show(entry(hit.index), hit);
    }
  }

  /** Gives the first answer the focus. */
  focus(): void {
    this.#rows[0]!.button.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.#rows.findIndex(({ button }) => button === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: SHOWN - 1, Escape: -1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (to < 0) this.onLeave();
    else this.#rows[Math.min(to, SHOWN - 1)]!.button.focus();
  }
}

class Row {
  readonly root: HTMLLIElement;
  readonly button = create('button', { type: 'button' });
  /** The entry that stands in it; none while it waits. */
  index: number | undefined;
  readonly #part = create('abbr', { class: 'part' });
  readonly #others = create('span');
  readonly #means = create('p', { class: 'means' });
  readonly #score = create('p', { class: 'score' });

  constructor() {
    const head = create('p', { class: 'head' }, this.button, ' ', this.#part, this.#others);
    this.root = create('li', { class: 'entry' }, head, this.#means, this.#score);
  }

  wait(): void {
    this.index = undefined;
    this.root.classList.add('waits');
    this.root.style.setProperty('--long', `${20 + Math.random() * 25}%`);
  }

  show({ words, definition, field }: Entry, { index, score }: Hit): void {
    const isNoun = field.startsWith('noun');
    this.index = index;
    this.root.classList.remove('waits');
    this.button.textContent = words[0]!;
    this.#part.textContent = isNoun ? 'n.' : 'v.';
    this.#part.title = isNoun ? 'noun' : 'verb';
    this.#others.textContent = words.slice(1).join(', ');
    this.#means.textContent = definition;
    this.#score.textContent = score.toFixed(2);
    this.#score.style.setProperty('--share', `${(100 * Math.max(0, score)).toFixed(0)}%`);
  }
}
