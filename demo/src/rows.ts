import { inAddress, onAddress, setAddress } from './address';
import { create } from './dom';

/** The first two share no word and mean nearly the same; the last two share one and mean something else. */
const SEED = [
  'A dog ran across the road',
  'My puppy dashed over our street',
  'We sat on the bank of a river',
  'The bank refused my card',
];
/** A comparison needs two. */
const FEWEST = 2;
/** More than this make a table that nobody reads. */
const MOST = 12;

/** The list of sentences that the person edits. */
export class Rows {
  /** Called when a sentence was typed in, added or removed. */
  onChange: () => void = () => {};
  /** Called when a row gets the focus or the pointer, or loses it. */
  onLight: (row: number | undefined) => void = () => {};
  readonly #list: HTMLElement;
  readonly #add: HTMLButtonElement;

  constructor(list: HTMLElement, add: HTMLButtonElement) {
    this.#list = list;
    this.#add = add;
    add.addEventListener('click', () => this.#append(''));
    list.addEventListener('input', () => this.#changed());
    this.#fill();
    onAddress(() => {
      if (this.#fill()) this.onChange();
    });
  }

  /** Lights up the rows of a pair; none without numbers. */
  light(...lit: readonly number[]): void {
    for (const [i, row] of [...this.#list.children].entries()) row.classList.toggle('lit', lit.includes(i));
  }

  /** Puts the sentences of the address into the rows; says whether that changed them. */
  #fill(): boolean {
    const given = inAddress('s').slice(0, MOST);
    const sentences = given.length >= FEWEST ? given : SEED;
    if (this.#fields.length > 0 && same(this.sentences, sentences)) return false;
    this.#list.replaceChildren(...sentences.map((sentence) => this.#row(sentence)));
    this.#number();
    return true;
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
    const index = () => [...this.#list.children].indexOf(row);
    for (const event of ['pointerenter', 'focusin']) row.addEventListener(event, () => this.onLight(index()));
    for (const event of ['pointerleave', 'focusout'])
      row.addEventListener(event, () => this.onLight(undefined));
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
    const { sentences } = this;
    setAddress('s', same(sentences, SEED) ? [] : sentences, 'replace');
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

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((sentence, i) => sentence === other[i]);
}
