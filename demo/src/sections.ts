import type { WorkerModel } from 'edgebert';
import { Comparison } from './comparison';
import { Documents } from './documents/documents';
import { element, pause } from './dom';
import { Matrix } from './matrix';
import { near } from './moment';
import { Race } from './race/race';
import { Rows } from './rows';

/** The sections below the words, which nobody sees at first. */
export class Sections {
  onFailure: (error: unknown) => void = () => {};
  readonly documents = new Documents();
  readonly #comparison = new Comparison(
    new Rows(element('rows'), element<HTMLButtonElement>('add')),
    new Matrix(element('matrix'), element('timing')),
  );
  #model: WorkerModel | undefined;

  constructor() {
    this.#comparison.onFailure = (error) => this.onFailure(error);
    this.#comparison.show();
    new Race();
    element('gpu').hidden = !('gpu' in navigator);
  }

  /**
   * The model to work with from now on.
   *
   * @param calm settles when nothing else wants the model; a section that comes near does not wait for it
   */
  use(model: WorkerModel, calm: Promise<void>): void {
    this.#model = model;
    void this.#give(element('compare'), model, calm, () => this.#comparison.use(model));
    void this.#give(element('documents'), model, calm, () => void this.documents.use(model));
  }

  async #give(
    section: HTMLElement,
    model: WorkerModel,
    calm: Promise<void>,
    give: () => void,
  ): Promise<void> {
    await Promise.race([near(section), calm]);
    await pause();
    // Another one may have taken its place.
    if (model === this.#model) give();
  }
}
