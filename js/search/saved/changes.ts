/** What happened to an index since it was saved: which ids have another vector now, and which are gone. */
export class Changes {
  readonly put = new Set<string>();
  readonly removed = new Set<string>();

  /** All that happened in both times, one after the other. */
  static joined(earlier: Changes, later: Changes): Changes {
    const all = new Changes();
    for (const { put, removed } of [earlier, later]) {
      for (const id of put) all.put.add(id);
      for (const id of removed) all.removed.add(id);
    }
    return all;
  }

  /** An id that comes back later is in both: it is removed first, and so moves to the end. */
  remove(id: string): void {
    this.put.delete(id);
    this.removed.add(id);
  }
}
