import type { Validator } from '../../storage/model-store.js';
import type { Origin } from '../saved/origin.js';

/**
 * Which documents come from a prepared file, and what the page has done to them since. Everything that
 * is not listed here came from the file.
 */
export class Provenance {
  validator: Validator;
  readonly #own: Set<string>;
  readonly #replaced: Set<string>;
  readonly #removed: Set<string>;

  constructor({ validator, own, replaced, removed }: Origin) {
    this.validator = validator;
    this.#own = new Set(own);
    this.#replaced = new Set(replaced);
    this.#removed = new Set(removed);
  }

  /** Of documents that were all added by the page. */
  static ofOwn(ids: Iterable<string>): Provenance {
    return new Provenance({ validator: { url: '' }, own: [...ids], replaced: [], removed: [] });
  }

  get origin(): Origin {
    const [own, replaced, removed] = [[...this.#own], [...this.#replaced], [...this.#removed]];
    return { validator: this.validator, own, replaced, removed };
  }

  isOwn(id: string): boolean {
    return this.#own.has(id) || this.#replaced.has(id);
  }

  /** The page has put a document in, which may have been `there` before. */
  put(id: string, there: boolean): void {
    const prepared = this.#removed.delete(id) || (there && !this.#own.has(id));
    (prepared ? this.#replaced : this.#own).add(id);
  }

  /** The page has removed a document that was there. */
  remove(id: string): void {
    this.#replaced.delete(id);
    if (!this.#own.delete(id)) this.#removed.add(id);
  }

  /**
   * The documents of the earlier file that the next one lacks. What the page has made of others of them
   * is its own from now on.
   */
  outdated(there: Iterable<string>, isPrepared: (id: string) => boolean): string[] {
    const outdated = [...there].filter((id) => !this.isOwn(id) && !isPrepared(id));
    for (const id of this.#replaced) {
      if (isPrepared(id)) continue;
      this.#replaced.delete(id);
      this.#own.add(id);
    }
    for (const id of this.#removed) if (!isPrepared(id)) this.#removed.delete(id);
    return outdated;
  }

  /** The documents of the next file that the page has neither replaced nor removed. */
  wanted(prepared: Iterable<string>): string[] {
    return [...prepared].filter((id) => {
      if (this.#own.delete(id)) this.#replaced.add(id);
      return !this.#replaced.has(id) && !this.#removed.has(id);
    });
  }
}
