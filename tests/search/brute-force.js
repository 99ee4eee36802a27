// What SearchIndex has to equal: a Map and a loop in float64.

/** Seeded numbers in (-1, 1) (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export class BruteForce {
  /** In the order of insertion: a Map keeps the place of a key that is set again. */
  entries = new Map();

  upsert(id, vector, metadata, text) {
    this.entries.set(id, { vector, metadata, text });
  }

  copy() {
    const copy = new BruteForce();
    copy.entries = new Map(this.entries);
    return copy;
  }

  remove(id) {
    return this.entries.delete(id);
  }

  search(query, { topK = 10, filter = () => true, minScore = -Infinity } = {}) {
    return [...this.entries]
      .filter(([id, { metadata }]) => filter(metadata, id))
      .map(([id, { vector, metadata }]) => ({ id, score: cosine(query, vector), metadata }))
      .filter(({ score }) => score >= minScore)
      .sort((a, b) => b.score - a.score)
      .slice(0, topK);
  }
}

export function cosine(a, b) {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(aa * bb);
}
