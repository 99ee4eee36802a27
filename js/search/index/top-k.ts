/**
 * The best `limit` of what is pushed, in a binary heap with the worst on top. Slots come in
 * ascending order, and of equal scores the earlier slot is the better one.
 */
export class TopK {
  readonly #limit: number;
  readonly #scores: number[] = [];
  readonly #slots: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A score must be greater than this to be taken. */
  get bar(): number {
    return this.#slots.length < this.#limit ? -Infinity : (this.#scores[0] ?? Infinity);
  }

  /** `score` is above `bar`. */
  push(score: number, slot: number): void {
    if (this.#slots.length < this.#limit) this.#rise(score, slot);
    else this.#sink(score, slot);
  }

  /** Slots and scores, the best first. */
  sorted(): { slot: number; score: number }[] {
    return this.#slots
      .map((slot, i) => ({ slot, score: this.#scores[i]! }))
      .sort((a, b) => b.score - a.score || a.slot - b.slot);
  }

  #worse(a: number, score: number, slot: number): boolean {
    const other = this.#scores[a]!;
    return other < score || (other === score && this.#slots[a]! > slot);
  }

  #put(at: number, score: number, slot: number): void {
    this.#scores[at] = score;
    this.#slots[at] = slot;
  }

  #rise(score: number, slot: number): void {
    let at = this.#slots.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#worse(parent, score, slot)) break;
      this.#put(at, this.#scores[parent]!, this.#slots[parent]!);
      at = parent;
    }
    this.#put(at, score, slot);
  }

  #sink(score: number, slot: number): void {
    const { length } = this.#slots;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#worse(child + 1, this.#scores[child]!, this.#slots[child]!)) child++;
      if (!this.#worse(child, score, slot)) break;
      this.#put(at, this.#scores[child]!, this.#slots[child]!);
      at = child;
    }
    this.#put(at, score, slot);
  }
}
