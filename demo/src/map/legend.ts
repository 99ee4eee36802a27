import { create } from '../dom';
import { colour, FAMILIES } from './fields';

/** The families of words with their colours; one of them can be chosen, to stand out on the map. */
export class Legend {
  onChange: () => void = () => {};
  readonly #buttons: HTMLButtonElement[];
  #chosen = -1;

  constructor(list: HTMLElement) {
    this.#buttons = FAMILIES.map(({ name, fields }, i) => {
      const button = create(
        'button',
        { type: 'button', 'aria-pressed': 'false', title: fields.join(', ') },
        name,
      );
      button.addEventListener('click', () => this.#choose(this.#chosen === i ? -1 : i));
      list.append(create('li', {}, button));
      return button;
    });
  }

  /** The place in `FAMILIES` of the one that was chosen; −1 for all. */
  get chosen(): number {
    return this.#chosen;
  }

  paint(isDark: boolean): void {
    for (const [i, button] of this.#buttons.entries()) {
      button.style.setProperty('--swatch', colour(FAMILIES[i]!.fields[0]!, isDark));
    }
  }

  #choose(family: number): void {
    this.#chosen = family;
    for (const [i, button] of this.#buttons.entries()) button.ariaPressed = String(i === family);
    this.onChange();
  }
}
