import type { Collection } from '../collection';
import { create } from '../dom';
import type { Entry } from '../wordnet/entries';
import { wordOfTheDay } from './word-of-the-day';

const DAY = 24 * 60 * 60 * 1000;

/** What stands in the place of the answers while nothing is typed: a word of the day, to look around. */
export class NothingTyped {
  /** Called to look around a word. */
  onChoose: (index: number, byKeyboard: boolean) => void = () => {};
  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  async show(collection: Collection | undefined): Promise<void> {
    this.#root.hidden = false;
    const hint = create(
      'p',
      {},
      'Describe anything: a feeling, a tool, something that people do. The words come as you type.',
    );
    this.#root.replaceChildren(hint);
    if (!collection) return;
    const [hit] = await collection.named(wordOfTheDay(Math.floor(Date.now() / DAY))).catch(() => []);
    // Unless it was shown again meanwhile.
    if (hit && hint.isConnected) this.#root.append(this.#card(collection.entry(hit.index), hit.index));
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
