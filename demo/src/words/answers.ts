import type { Entry } from '../wordnet/entries';
import type { Hit } from '../wordnet/protocol';
import { wireCopy } from '../copy';
import { create } from '../dom';
import { cosine, similarityTitle } from '../format';
import { partOf, SHOWN } from './entry';

/**
 * The list of answers, set like a dictionary: the first one large, the rest small. Its rows stay;
 * their text changes.
 */
export class Answers {
  /** Called when an answer is chosen. */
  onChoose: (index: number, byKeyboard: boolean) => void = () => {};
  /** Called when the pointer or the focus comes to an answer, or leaves it. */
  onPoint: (index: number | undefined) => void = () => {};
  /** Called when the keyboard leaves the list at its top. */
  onLeave: () => void = () => {};
  readonly #list: HTMLElement;
  readonly #rows: Row[];

  constructor(list: HTMLElement) {
    this.#list = list;
    this.#rows = Array.from({ length: SHOWN }, (_, i) => new Row(i === 0));
    // In the place of those that the build has put there for visitors without scripts.
    list.replaceChildren(...this.#rows.map(({ root }) => root));
    for (const row of this.#rows) {
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

  /** Grey lines where answers will be. */
  wait(): void {
    this.#list.hidden = false;
    this.#list.classList.remove('far');
    for (const row of this.#rows) row.wait();
  }

  /** No list at all. */
  clear(): void {
    this.wait();
    this.#list.hidden = true;
  }

  /** @param isFar whether nothing is close: the answers are then shown in grey */
  show(hits: readonly Hit[], entry: (index: number) => Entry, isFar: boolean): void {
    this.#list.hidden = false;
    this.#list.classList.toggle('far', isFar);
    for (const [i, row] of this.#rows.entries()) {
      const hit = hits[i];
      if (hit) row.show(entry(hit.index), hit);
      else row.wait();
    }
  }

  /** Gives the first answer the focus. */
  focus(): void {
    this.#rows[0]!.button.focus();
  }

  #onKey(event: KeyboardEvent): void {
    // A small screen shows fewer.
    const rows = this.#rows.filter(({ root }) => root.offsetParent !== null);
    const at = rows.findIndex(({ button }) => button === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: SHOWN - 1, Escape: -1 }[event.key];
    if (to === undefined || at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (to < 0) this.onLeave();
    else rows[Math.min(to, rows.length - 1)]!.button.focus();
  }
}

class Row {
  readonly root: HTMLLIElement;
  readonly button = create('button', { type: 'button', class: 'word' });
  /** The entry in it; none while it waits. */
  index: number | undefined;
  readonly #part = create('abbr', { class: 'part' });
  readonly #others = create('span', { class: 'others' });
  readonly #means = create('p', { class: 'means' });
  readonly #score = create('p', { class: 'score' });

  constructor(isHero: boolean) {
    const head = create('p', { class: 'head' }, this.button, ' ', this.#part, this.#others);
    this.root = create('li', { class: isHero ? 'entry hero' : 'entry' }, head, this.#means, this.#score);
    if (!isHero) return;
    const copy = create('button', { type: 'button', class: 'link copy-word' }, 'Copy the word');
    wireCopy(copy, () => this.button.textContent!);
    this.root.append(copy);
  }

  wait(): void {
    this.index = undefined;
    this.root.classList.add('waits');
    this.root.style.setProperty('--long', `${20 + Math.random() * 25}%`);
  }

  show({ words, definition, field }: Entry, { index, score, isExact = false }: Hit): void {
    const part = partOf(field);
    this.index = index;
    this.root.classList.remove('waits');
    this.root.classList.toggle('exact', isExact);
    this.button.textContent = words[0]!;
    this.#part.textContent = part.short;
    this.#part.title = part.full;
    this.#others.textContent = words.slice(1).join(', ');
    this.#means.textContent = definition;
    // For the eye the bar is enough; the number appears under the pointer.
    this.#score.replaceChildren(
      create('span', { class: 'number' }, isExact ? 'the word you typed' : cosine(score)),
    );
    this.#score.title = isExact ? 'The word you typed' : similarityTitle(score);
    this.#score.style.setProperty('--share', `${(100 * Math.max(0, isExact ? 1 : score)).toFixed(0)}%`);
  }
}
