import type { Entries } from '../index/entries.js';
import { Changes } from './changes.js';
import type { IndexHeader } from './index-file.js';
import { saveIndex } from './index-store.js';
import type { Origin } from './origin.js';
import { segmentsOf, type Entry, type Written } from './segment.js';

/** An index as a save sees it. */
export interface Savable {
  header(): IndexHeader;
  origin(): Origin | undefined;
  entries(): Entries;
}

/** Knows what of an index is saved, and writes the rest. */
export class IndexSaver {
  readonly #index: Savable;
  /** What the index is the same as, but for `#changes`. */
  #saved: { readonly name: string; readonly generation: string } | undefined;
  /** Undefined where all of it differs. */
  #changes: Changes | undefined;
  /** Saves run one after the other. */
  #saving: Promise<void> = Promise.resolve();

  constructor(index: Savable) {
    this.#index = index;
  }

  /** The index was read from what is saved under this name. */
  noteOpened(name: string, generation: string): void {
    this.#saved = { name, generation };
    this.#changes = new Changes();
  }

  notePut(ids: readonly string[]): void {
    if (this.#changes) for (const id of ids) this.#changes.put.add(id);
  }

  noteRemoved(id: string): void {
    this.#changes?.remove(id);
  }

  noteCleared(): void {
    this.#changes = undefined;
  }

  /** Saves the index, as `SearchIndex.save` says. */
  async save(name: string): Promise<void> {
    const turn = this.#saving.then(() => this.#save(name));
    this.#saving = turn.catch(() => {});
    await turn;
  }

  async #save(name: string): Promise<void> {
    const known = this.#saved?.name === name ? this.#saved.generation : undefined;
    const before = this.#changes;
    let meanwhile: Changes | undefined;
    const write = (entries: Iterable<Entry>, removed: Iterable<string>): Written[] => {
      const written = [...segmentsOf(entries, [...removed], this.#index.entries().rows)];
      this.#changes = meanwhile = new Changes();
      return written;
    };
    try {
      const generation = await saveIndex(name, known, {
        header: () => this.#index.header(),
        origin: () => this.#index.origin(),
        changes: () => {
          const changes = this.#changes;
          return changes && write(this.#index.entries().of(changes.put), changes.removed);
        },
        everything: () => write(this.#index.entries().at(), []),
      });
      this.#saved = { name, generation };
    } catch (error) {
      // An index that was emptied in between has to be written whole anyway.
      if (meanwhile && this.#changes === meanwhile)
        this.#changes = before && Changes.joined(before, meanwhile);
      throw error;
    }
  }
}
