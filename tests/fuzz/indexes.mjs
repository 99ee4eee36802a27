// Index files. Half of those that are broken have the right checksums, which would hide all the rest.

export function indexTargets({ SearchIndex, xxHash32 }) {
  const files = ['int8', 'f32'].flatMap((precision) =>
    [0, 1, 40].map((count) => filled(SearchIndex, precision, count).toBytes()),
  );
  const query = Float32Array.of(1, 2, 3, 4, 5, 6, 7);

  return {
    index(random) {
      const bytes = random.bytes(random.pick(files));
      if (random.below(4) > 0) seal(bytes, xxHash32);
      const index = SearchIndex.fromBytes(bytes);
      const vector = query.slice(0, index.dimension);
      if (vector.length === index.dimension) {
        const found = index.search({ vector, text: 'red apple' }, { topK: 5 });
        if (found.length > Math.min(5, index.size))
          throw new Error(`${found.length} results of ${index.size}`);
        index.upsert('another', vector, { n: 1 }, 'text');
      }
      for (const id of [...index.ids()].slice(0, 3)) index.remove(id);
      SearchIndex.fromBytes(index.toBytes());
    },
  };
}

function filled(SearchIndex, precision, count) {
  const model = count > 0 ? { name: 'a/b', fingerprint: 'f'.repeat(64) } : undefined;
  const index = new SearchIndex({ dimension: 7, precision, model });
  for (let i = 0; i < count; i++) {
    const vector = Float32Array.from({ length: 7 }, (_, j) => Math.sin(7 * i + j + 1));
    index.upsert(`id ${i}`, vector, i % 2 ? { i, list: ['a', null] } : undefined, `red apple ${i} 😀`);
  }
  return index;
}

/** Puts the right checksums into the header and the segments, as far as their lengths can be believed. */
function seal(bytes, xxHash32) {
  const view = new DataView(bytes.buffer);
  if (bytes.length < 32) return;
  const length = 32 + 4 * Math.ceil(view.getUint32(28, true) / 4);
  if (length > bytes.length) return;
  view.setUint32(12, xxHash32(bytes.subarray(16, length)), true);
  for (let at = length; at + 28 <= bytes.length;) {
    const size = view.getUint32(at, true);
    if (size < 28 || at + size > bytes.length) return;
    view.setUint32(at + 4, xxHash32(bytes.subarray(at + 8, at + size)), true);
    at += size;
  }
}
