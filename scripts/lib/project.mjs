// Vectors → places on a map, by UMAP (McInnes, Healy and Melville 2018): near vectors come near.
import { PCA } from 'ml-pca';
import { UMAP } from 'umap-js';

const DIMENSION = 384;
/** Directions of the most variance, in which the neighbours are looked for. */
const AXES = 48;
/** Every so many vectors one goes into the principal components: they are steady long before. */
const STRIDE = 8;
const NEIGHBOURS = 15;
const MIN_DISTANCE = 0.08;
const EPOCHS = 200;
/** UMAP starts from the first two components, so that the whole has the shape of the data. */
const START_WIDTH = 5;
/**
 * Share of the points on each side that count as strays: they are drawn closer, so that they don't
 * shrink the rest.
 */
const TRIM = 0.01;
/** Share of the map on each side that is theirs. */
const MARGIN = 0.1;

/** @returns two uint16 for each vector: x and y, 0 to 65535 over the map */
export async function project(vectors) {
  const rows = Array.from({ length: vectors.length / DIMENSION }, (_, i) =>
    vectors.subarray(i * DIMENSION, (i + 1) * DIMENSION),
  );
  const random = seeded(42);
  const components = principal(rows);
  const { indices, distances } = await neighbours(components);
  const umap = new UMAP({ nNeighbors: NEIGHBOURS, minDist: MIN_DISTANCE, nEpochs: EPOCHS, random });
  umap.setPrecomputedKNN(indices, distances);
  const epochs = umap.initializeFit(components);
  start(umap.getEmbedding(), components, random);
  for (let epoch = 0; epoch < epochs; epoch++) umap.step();
  return quantised(umap.getEmbedding());
}

/** The vectors' coordinates along the axes. */
function principal(rows) {
  const pca = new PCA(
    rows.filter((_, i) => i % STRIDE === 0).map((row) => Array.from(row)),
    { method: 'covarianceMatrix' },
  );
  const axes = pca.getEigenvectors().transpose().to2DArray().slice(0, AXES);
  const { means } = pca.toJSON();
  const origin = axes.map((axis) => dot(axis, means));
  return rows.map((row) => axes.map((axis, i) => dot(axis, row) - origin[i]));
}

function dot(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

/** The nearest of each among all, exactly; each is its own first. */
async function neighbours(components) {
  const { SearchIndex } = await import('edgebert');
  const index = new SearchIndex({ dimension: AXES, precision: 'f32' });
  const flat = Float32Array.from(components.flat());
  index.upsertMany(
    components.map((_, i) => String(i)),
    flat,
  );
  const found = components.map((_, i) =>
    index
      .search(flat.subarray(i * AXES, (i + 1) * AXES), { topK: NEIGHBOURS + 1 })
      .filter(({ id }) => id !== String(i))
      .slice(0, NEIGHBOURS - 1),
  );
  return {
    indices: found.map((hits, i) => [i, ...hits.map(({ id }) => Number(id))]),
    distances: found.map((hits) => [0, ...hits.map(({ score }) => Math.max(0, 1 - score))]),
  };
}

/** Sets the start of UMAP's layout, in place. */
function start(embedding, components, random) {
  const deviation = [0, 1].map((axis) =>
    Math.sqrt(components.reduce((sum, row) => sum + row[axis] ** 2, 0) / components.length),
  );
  for (const [i, place] of embedding.entries()) {
    // A little noise parts those that are the same.
    for (const axis of [0, 1])
      place[axis] = (START_WIDTH * components[i][axis]) / deviation[axis] + 0.01 * random();
  }
}

function quantised(places) {
  const ranges = [0, 1].map((axis) => {
    const sorted = places.map((place) => place[axis]).sort((one, other) => one - other);
    const edge = Math.floor(TRIM * sorted.length);
    return [sorted[edge], sorted[sorted.length - 1 - edge]];
  });
  return Uint16Array.from({ length: 2 * places.length }, (_, i) => {
    const [low, high] = ranges[i % 2];
    const share = (places[i >> 1][i % 2] - low) / (high - low);
    return Math.round(65_535 * withinMap(share));
  });
}

/**
 * 0 to 1 fills the map but for its margins. What lies beyond comes ever nearer to the edge, and never
 * to it.
 */
function withinMap(share) {
  const beyond = share < 0 ? -share : Math.max(0, share - 1);
  const inside = MARGIN + (1 - 2 * MARGIN) * Math.min(1, Math.max(0, share));
  // The slope at the edge of the inner part is the same on both sides, so that no line shows there.
  const room = MARGIN / (1 - 2 * MARGIN);
  const outside = MARGIN * (beyond / (beyond + room));
  return share < 0 ? inside - outside : inside + outside;
}

/** mulberry32, so that the same vectors always give the same map. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
