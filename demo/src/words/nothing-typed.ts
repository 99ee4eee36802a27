import type { Collection } from '../collection';
import { create } from '../dom';
import type { Entry } from '../wordnet/entries';

/** Words for the word of the day are taken from so many, the most used ones but for the very first. */
const FROM = 2_000;
const TO = 14_000;
const DAY = 24 * 60 * 60 * 1000;

/** What stands in the place of the answers while nothing is typed: a word of the day, to look around. */
export class NothingTyped {
  /** Called to look around a word. */
  onChoose: (index: number, byKeyboard: boolean) => void = () => {};
  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  show(collection: Collection | undefined): void {
    this.#root.hidden = false;
    this.#root.replaceChildren(
      create(
        'p',
        {},
        'Describe anything: a feeling, a tool, something that people do. The words come as you type.',
      ),
    );
    if (!collection) return;
    const index = wordOfTheDay(collection, Math.floor(Date.now() / DAY));
    this.#root.append(this.#card(collection.entry(index), index));
  }

  hide(): void {
    this.#root.hidden = true;
  }

  #card({ words, definition }: Entry, index: number): HTMLElement {
    const button = create('button', { type: 'button', class: 'word' }, words[0]!);
    button.addEventListener('click', ({ detail }) => this.onChoose(index, detail === 0));
    return create(
      'div',
      { class: 'today' },
      create('h3', {}, 'Word of the day'),
      button,
      create('p', {}, definition),
    );
  }
}

/** The same for everybody on one day, of the words with a definition that says something. */
function wordOfTheDay(collection: Collection, day: number): number {
  const span = Math.min(TO, collection.size) - FROM;
  // Knuth's multiplicative hash: neighbouring days are far apart.
  for (let step = 0; ; step++) {
    const index = FROM + ((Math.imul(day + step, 0x9e3779b1) >>> 0) % span);
    if (collection.entry(index).definition.split(' ').length >= 5) return index;
  }
}
