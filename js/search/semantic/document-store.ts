import { EdgeBertError } from '../../shared/errors.js';
import { notify } from '../../shared/notify.js';
import { withTabLock, type Turn } from '../../storage/cross-tab-lock.js';
import { Passages } from './passages.js';
import { SearchIndex } from '../index/search-index.js';
import type { ModelIdentity } from '../index/types.js';

/** How often a change gives way to those of other tabs before it fails, where they take no turns. */
const ATTEMPTS = 5;

/** Does `work` on what is kept under a name while no other tab does. */
export function changing<T>(
  name: string,
  signal: AbortSignal | undefined,
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  return withTabLock(`edgebert-search:${name}`, signal, () => {}, work);
}

export async function isKept(name: string): Promise<boolean> {
  return (await SearchIndex.list()).some((index) => index.name === name);
}

/** The model that made the vectors, and how long they are. */
export interface Bound {
  readonly model: ModelIdentity;
  readonly dimension: number;
}

/** A change that can be made to any state of the documents. */
export type Change = (passages: Passages) => void;

/** Documents, and what keeps them for the next visit. */
export class DocumentStore {
  passages: Passages;
  /** What the index is saved as; undefined where it is not. */
  readonly #name: string | undefined;
  readonly #bound: Bound;
  readonly #onWarning: ((warning: EdgeBertError) => void) | undefined;
  /** Changes that are made here and not saved yet. */
  #unsaved: Change[] = [];

  /** `onWarning` is told when the documents have gone from where they were saved. */
  constructor(
    name: string | undefined,
    bound: Bound,
    index = new SearchIndex(bound),
    onWarning?: (warning: EdgeBertError) => void,
  ) {
    this.passages = new Passages(index);
    this.#name = name;
    this.#bound = bound;
    this.#onWarning = onWarning;
  }

  get persistent(): boolean {
    return this.#name !== undefined;
  }

  /**
   * Makes a change and saves it. Where that fails, the change is there, and is saved with the next
   * one; but where there is no room for it, the documents stay what they were.
   */
  async commit(change: Change): Promise<void> {
    change(this.passages);
    if (this.#name === undefined) return;
    this.#unsaved.push(change);
    await this.save();
  }

  /** Saves what could not be saved before, on top of what other tabs have saved since. */
  async save(): Promise<void> {
    const name = this.#name;
    if (name !== undefined) await changing(name, undefined, () => this.#save(name));
  }

  async #save(name: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.passages.index.save(name);
        this.#unsaved = [];
        return;
      } catch (error) {
        const { code } = error as Partial<EdgeBertError>;
        if (code === 'quota') return this.#giveUp(name, error);
        if (code !== 'state' || attempt === ATTEMPTS) throw error;
        await this.#reopen(name);
      }
    }
  }

  /** Without room only all documents can be removed, as even a list of what is gone has to be written. */
  async #giveUp(name: string, error: unknown): Promise<void> {
    const emptied = this.passages.size === 0;
    if (emptied) await SearchIndex.delete(name);
    this.#unsaved = [];
    await this.#reopen(name);
    if (!emptied) throw error;
    // So that what other tabs make of it is found out. Where not even this fits, the next save is the first.
    await this.passages.index.save(name).catch(() => {});
  }

  /** Makes the unsaved changes to what other tabs have left there, which may be nothing. */
  async #reopen(name: string): Promise<void> {
    const there = await isKept(name);
    if (!there && this.passages.size > 0) this.#warnOfLoss();
    const kept = there ? await SearchIndex.open(name, this.#bound) : new SearchIndex(this.#bound);
    const passages = new Passages(kept);
    for (const change of this.#unsaved) change(passages);
    this.passages = passages;
  }

  #warnOfLoss(): void {
    const message =
      'The saved documents were deleted while they were open, perhaps with the data of this site or by another ' +
      'tab: only what is added from now on is there. Add the others again.';
    notify(this.#onWarning, new EdgeBertError('state', message));
  }
}
