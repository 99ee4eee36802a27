import type { WorkerModel } from 'edgebert';
import type { Matrix } from './matrix';
import type { Rows } from './rows';
import { compare } from './code/compare';

/** Keeps the matrix in step with the sentences: each is encoded once, while the page stays free. */
export class Comparison {
  onFailure: (error: unknown) => void = () => {};
  readonly #rows: Rows;
  readonly #matrix: Matrix;
  readonly #vectors = new Map<string, Float32Array>();
  #model: WorkerModel | undefined;
  #encoding = false;

  constructor(rows: Rows, matrix: Matrix) {
    this.#rows = rows;
    this.#matrix = matrix;
    rows.onChange = () => this.show();
    rows.onLight = (row) => (row === undefined ? matrix.light() : matrix.light(row));
    matrix.onLight = (...pair) => {
      rows.light(...pair);
      matrix.light(...pair);
    };
  }

  /** The model to encode with from now on. */
  use(model: WorkerModel): void {
    this.#model?.terminate();
    this.#model = model;
    this.#vectors.clear();
    this.show();
  }

  /** Draws what is known, and encodes what is not. */
  show(): void {
    const { sentences } = this.#rows;
    const vectors = sentences.map((sentence) => this.#vectors.get(sentence));
    this.#matrix.draw(sentences, compare(vectors));
    void this.#encodeMissing();
  }

  /** One call at a time: what is typed meanwhile goes into the next, and only its newest state. */
  async #encodeMissing(): Promise<void> {
    const model = this.#model;
    if (!model || this.#encoding) return;
    const missing = [...new Set(this.#rows.sentences)].filter((text) => text && !this.#vectors.has(text));
    if (missing.length === 0) return;
    this.#encoding = true;
    try {
      const start = performance.now();
      const flat = await model.encode(missing);
      this.#matrix.tell(missing.length, performance.now() - start);
      this.#keep(missing, flat);
    } catch (error) {
      model.terminate();
      this.#model = undefined;
      this.onFailure(error);
      return;
    } finally {
      this.#encoding = false;
    }
    this.show();
  }

  /** Only what stands on the page is kept, so that a long session doesn't grow. */
  #keep(texts: readonly string[], flat: Float32Array): void {
    const dimension = flat.length / texts.length;
    for (const [i, text] of texts.entries()) {
      this.#vectors.set(text, flat.slice(i * dimension, (i + 1) * dimension));
    }
    const used = new Set(this.#rows.sentences);
    for (const text of this.#vectors.keys()) {
      if (!used.has(text)) this.#vectors.delete(text);
    }
  }
}
