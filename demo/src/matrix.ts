import { create } from './dom';
import { cosine, count, milliseconds } from './format';

/** The heat map of similarities, a table that reads well without its colours. */
export class Matrix {
  /** Called when the pointer comes to a cell, with its two sentences, or leaves the table. */
  onLight: (...pair: readonly number[]) => void = () => {};
  readonly #root: HTMLElement;
  readonly #timing: HTMLElement;
  readonly #table = create('table');
  #size = -1;

  constructor(root: HTMLElement, timing: HTMLElement) {
    this.#root = root;
    this.#timing = timing;
    this.#timing.textContent = '\u00a0';
    root.append(this.#table);
    root.addEventListener('scroll', () => this.#hint(), { passive: true });
    this.#table.addEventListener('pointerover', ({ target }) => {
      const cell = (target as Element).closest('td, th') as HTMLTableCellElement | null;
      const row = cell ? (cell.parentElement as HTMLTableRowElement).sectionRowIndex : -1;
      if (cell?.closest('tbody') && cell.cellIndex > 0) this.onLight(row, cell.cellIndex - 1);
      else this.onLight();
    });
    this.#table.addEventListener('pointerleave', () => this.onLight());
    const sizes = new ResizeObserver(() => this.#hint());
    for (const box of [root, this.#table]) sizes.observe(box);
  }

  /** Shows how long it took to encode a number of sentences. */
  tell(sentences: number, ms: number): void {
    this.#timing.textContent = `${count(sentences, 'sentence')} encoded in ${milliseconds(ms)}`;
  }

  /** `values[i][j]` is the similarity of sentences i and j; undefined where it is not known yet. */
  draw(sentences: readonly string[], values: readonly (readonly (number | undefined)[])[]): void {
    if (sentences.length !== this.#size) this.#build(sentences.length);
    const rows = this.#table.tBodies[0]!.rows;
    for (const [i, row] of values.entries()) {
      const text = rows[i]!.querySelector<HTMLElement>('.text')!;
      text.textContent = sentences[i] || '\u00a0';
      text.title = sentences[i]!;
      this.#table.tHead!.querySelectorAll('.hidden')[i]!.textContent = sentences[i]!;
      for (const [j, value] of row.entries()) {
        fill(rows[i]!.cells[j + 1]!, value, sentences[i] === '' || sentences[j] === '');
      }
    }
  }

  /** Lights up the row and the column of a sentence, or the cell of a pair; nothing without numbers. */
  light(...lit: readonly number[]): void {
    const [row, column] = lit;
    for (const [i, { cells }] of [...this.#table.tBodies[0]!.rows].entries()) {
      for (const [j, cell] of [...cells].entries())
        cell.classList.toggle(
          'lit',
          column === undefined ? i === row || j - 1 === row : i === row && (j === 0 || j - 1 === column),
        );
    }
    for (const [j, cell] of [...this.#table.tHead!.rows[0]!.cells].entries())
      cell.classList.toggle('lit', j > 0 && lit.includes(j - 1));
  }

  /**
   * Marks a table that continues beyond its edge: it may be cut between two columns, where nobody
   * would notice.
   */
  #hint(): void {
    const { scrollLeft, clientWidth, scrollWidth } = this.#root;
    this.#root.toggleAttribute('data-more', scrollWidth - clientWidth - scrollLeft > 1);
  }

  #build(size: number): void {
    this.#size = size;
    const numbers = Array.from({ length: size }, (_, i) => String(i + 1));
    this.#table.replaceChildren(
      create('caption', { class: 'hidden' }, 'Similarity of each sentence with each other'),
      create('thead', {}, create('tr', {}, create('td'), ...numbers.map(columnHeader))),
      create(
        'tbody',
        {},
        ...numbers.map((n) =>
          create(
            'tr',
            {},
            create(
              'th',
              { scope: 'row' },
              create('span', { class: 'number' }, n),
              create('span', { class: 'text' }),
            ),
            ...numbers.map(() => create('td')),
          ),
        ),
      ),
    );
  }
}

/** Its number for the eye, and its sentence for those who hear the table. */
function columnHeader(number: string): HTMLElement {
  return create('th', { scope: 'col' }, number, create('span', { class: 'hidden' }));
}

/** A cell that waits for its value keeps the old one, so that typing doesn't make the table blink. */
function fill(cell: HTMLTableCellElement, value: number | undefined, isBlank: boolean): void {
  const waits = value === undefined && !isBlank;
  cell.classList.toggle('waits', waits);
  if (waits && cell.textContent) return;
  const heat = Math.min(1, Math.max(0, value ?? 0));
  cell.textContent = value === undefined ? '\u2013' : cosine(value);
  cell.style.setProperty('--heat', `${(heat * 100).toFixed(1)}%`);
}
