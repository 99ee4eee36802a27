// Times vector indexes. Driven from bench/search.mjs through `window.truth`, `window.measure`, `window.large`
// and `window.persistence`.
import { SearchIndex } from '/dist/index.js';
import { engines, plain } from './search-engines.js';
import { makeVectors, manyVectors } from './vectors.js';

const NO_VECTOR = 1_000_000_000;

/**
 * Vectors beside members of as many groups; or, `alone`, ones that have no more to do with any than all
 * others.
 */
function queriesOf({ count, dimension, queries, alone }) {
  const step = Math.max(1, Math.floor(count / queries));
  return Array.from({ length: queries }, (_, i) => {
    const [other] = makeVectors({ from: NO_VECTOR + i, count: 1, dimension, alone: true });
    const query = Float32Array.from(other);
    if (alone) return query;
    const [vector] = makeVectors({ from: i * step, count: 1, dimension });
    return query.map((x, k) => vector[k] + 0.5 * x);
  });
}

/** The places of the ten nearest to each query, by float32 in a loop. */
window.truth = (options) => {
  const { search } = plain(manyVectors(options), options.dimension);
  return queriesOf(options).map((query) => search(query));
};

window.measure = async (name, options, truth) => {
  const vectors = manyVectors(options);
  const queries = queriesOf(options);
  const start = performance.now();
  const { search } = await engines[name](vectors, options.dimension);
  const insert = performance.now() - start;
  const found = queries.map((query) => search(query));
  const right = found.map((ids, q) => ids.filter((id) => truth[q].includes(id)).length);
  const recall = right.reduce((sum, each) => sum + each, 0) / truth.flat().length;
  return { insertsPerSecond: options.count / (insert / 1000), recall, times: await timesOf(search, queries) };
};

async function timesOf(search, queries) {
  const times = [];
  for (const query of queries) {
    const start = performance.now();
    search(query);
    times.push(performance.now() - start);
    // As between key presses: the browser has its turn.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return times;
}

/** An index so large that its vectors are made piece by piece. */
window.large = async (options) => {
  const { count, dimension } = options;
  const index = new SearchIndex({ dimension });
  let insert = 0;
  const piece = 10_000;
  for (let from = 0; from < count; from += piece) {
    const size = Math.min(piece, count - from);
    const vectors = manyVectors({ from, count: size, dimension });
    const ids = Array.from({ length: size }, (_, i) => String(from + i));
    const start = performance.now();
    index.upsertMany(ids, vectors);
    insert += performance.now() - start;
  }
  const queries = queriesOf(options);
  await timesOf((query) => index.search(query), queries.slice(0, 5));
  return {
    insertsPerSecond: count / (insert / 1000),
    times: await timesOf((query) => index.search(query), queries),
  };
};

const NAME = 'bench';

/** Saves an index, then a hundred vectors more; another page opens it. */
window.persistence = async (options) => {
  const { count, dimension } = options;
  const vectors = manyVectors(options);
  const index = new SearchIndex({ dimension, model: 'bench' });
  const ids = Array.from({ length: count }, (_, i) => `document-${i}`);
  index.upsertMany(ids, vectors);
  const save = await milliseconds(() => index.save(NAME));
  index.upsertMany(
    ids.slice(0, 100).map((id) => `more ${id}`),
    vectors.slice(0, 100 * dimension),
  );
  const saveMore = await milliseconds(() => index.save(NAME));
  const { bytes } = index;
  return {
    save,
    saveMore,
    share: bytes.length / (index.size * dimension),
    fromBytes: await milliseconds(() => SearchIndex.fromBytes(bytes)),
  };
};

window.open = async (rounds) => {
  const times = [];
  for (let i = 0; i < rounds; i++)
    times.push(await milliseconds(() => SearchIndex.open(NAME, { model: 'bench' })));
  return times;
};

async function milliseconds(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

window.ready = true;
