// What is timed: each builds an index of vectors that lie one after the other, with their places as ids,
// and gives a function that finds the ten nearest.
import { SearchIndex } from '/dist/index.js';

const K = 10;
/** Bulk calls of so many vectors, as programs make them that embed batch by batch. */
const BATCH = 1000;

export const engines = {
  'edgebert int8': (vectors, dimension) => edgebert(vectors, dimension, 'int8'),
  'edgebert float32': (vectors, dimension) => edgebert(vectors, dimension, 'f32'),
  'plain JavaScript': plain,
  Orama: orama,
  voy,
};

function* batches(vectors, dimension) {
  const count = vectors.length / dimension;
  for (let first = 0; first < count; first += BATCH) {
    const end = Math.min(first + BATCH, count);
    const ids = Array.from({ length: end - first }, (_, i) => String(first + i));
    yield [ids, vectors.subarray(first * dimension, end * dimension)];
  }
}

function edgebert(vectors, dimension, precision) {
  const index = new SearchIndex({ dimension, precision });
  for (const [ids, some] of batches(vectors, dimension)) index.upsertMany(ids, some);
  return { index, search: (query) => index.search(query, { topK: K }).map(({ id }) => Number(id)) };
}

/** What one writes without a library: a loop over float32 and an array of the best. */
export function plain(vectors, dimension) {
  const count = vectors.length / dimension;
  const search = (query) => {
    const [ids, scores] = [[], []];
    for (let i = 0; i < count; i++) {
      let score = 0;
      for (let k = 0, at = i * dimension; k < dimension; k++, at++) score += query[k] * vectors[at];
      if (ids.length === K && score <= scores[K - 1]) continue;
      let place = Math.min(ids.length, K - 1);
      for (; place > 0 && scores[place - 1] < score; place--) {
        scores[place] = scores[place - 1];
        ids[place] = ids[place - 1];
      }
      scores[place] = score;
      ids[place] = i;
    }
    return ids;
  };
  return { search };
}

async function orama(vectors, dimension) {
  const { create, insert, searchVector } = await import('/peers/@orama/orama/dist/browser/index.js');
  const database = create({ schema: { vector: `vector[${dimension}]` } });
  for (let i = 0; i < vectors.length / dimension; i++) {
    insert(database, {
      id: String(i),
      vector: Array.from(vectors.subarray(i * dimension, (i + 1) * dimension)),
    });
  }
  const options = (query) => ({
    mode: 'vector',
    vector: { value: query, property: 'vector' },
    similarity: -1,
    limit: K,
  });
  return {
    search: (query) => searchVector(database, options(Array.from(query))).hits.map(({ id }) => Number(id)),
  };
}

async function voy(vectors, dimension) {
  // Its own entry imports the WebAssembly file as a module, which browsers can't do.
  const glue = await import('/peers/voy-search/voy_search_bg.js');
  const { instance } = await WebAssembly.instantiateStreaming(fetch('/peers/voy-search/voy_search_bg.wasm'), {
    './voy_search_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  const index = new glue.Voy();
  for (const [ids, some] of batches(vectors, dimension)) {
    const embeddings = ids.map((id, i) => ({
      id,
      title: '',
      url: '',
      embeddings: Array.from(some.subarray(i * dimension, (i + 1) * dimension)),
    }));
    index.add({ embeddings });
  }
  return { search: (query) => index.search(query, K).neighbors.map(({ id }) => Number(id)) };
}
