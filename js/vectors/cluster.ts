import { checkOptions, isInteger, type Checks } from '../shared/checks.js';
import { dots } from './dots.js';
import { rowsOf, type Rows, type Vectors } from './rows.js';

/** Vectors no further than rounding from a centroid are at it. */
const AT_IT = 1e-6;

/**
 * Vectors drawn for each first centroid, of which one is taken. Of 60 times 12 groups of vectors
 * (48 dimensions, mean cosine 0.74 within a group), 16 leave 2 where a group is missed; the 2 + ln k
 * that are usual leave 22.
 */
const CANDIDATES = 16;

/** What `cluster` takes. */
export interface ClusterOptions {
  /** The vectors' dimension, if they are in one Float32Array. */
  readonly dimension?: number;
  /** A whole number; the same seed gives the same clusters. Default 0. */
  readonly seed?: number;
  /** Rounds at most; default 100. */
  readonly maxIterations?: number;
}

const OPTIONS: Checks<ClusterOptions> = {
  dimension: isInteger(1),
  seed: isInteger(Number.MIN_SAFE_INTEGER),
  maxIterations: isInteger(1),
};

/** What `cluster` found. */
export interface Clusters {
  /** The cluster of each vector, from 0 to `k - 1`. */
  readonly assignments: Uint32Array;
  /** `k × dimension` numbers: each cluster's mean direction, of length 1 (zeros for an empty one). */
  readonly centroids: Float32Array;
  /** How many vectors each cluster has. */
  readonly sizes: Uint32Array;
  /** Mean cosine of the vectors to their centroids: 1 where each is at its own. */
  readonly cohesion: number;
  /** Rounds it took. */
  readonly iterations: number;
  /** Whether the last round changed nothing; else `maxIterations` ended it. */
  readonly converged: boolean;
}

/**
 * Divides vectors into `k` groups by direction: spherical k-means (Dhillon & Modha 2001), begun with
 * greedy k-means++ (Arthur & Vassilvitskii 2007) from a seed. A cluster that loses all its vectors
 * gets the one that is furthest from its centroid, so that one is empty only where there are fewer
 * than `k` different directions. Vectors of zeros have none; they go to cluster 0.
 *
 * @throws TypeError for what are not vectors or options; RangeError where dimensions differ, a
 * number is not finite, or `k` is more than there are vectors.
 */
export function cluster(vectors: Vectors, k: number, options: ClusterOptions = {}): Clusters {
  checkOptions('cluster', options, OPTIONS);
  const { dimension, seed = 0, maxIterations = 100 } = options;
  isInteger(1)('`k`', k);
  const rows = rowsOf(vectors, dimension);
  if (k > rows.count) {
    throw new RangeError(`\`k\` must be at most ${rows.count}, the number of vectors (received ${k})`);
  }
  return new KMeans(rows, k, seed).run(maxIterations);
}

/** Numbers from 0 up to 1, the same for the same seed everywhere: the mulberry32 generator. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class KMeans {
  readonly #rows: Rows;
  readonly #k: number;
  readonly #centroids: Float32Array;
  readonly #assignments: Uint32Array;
  readonly #sizes: Uint32Array;
  /** 1 - cosine of each vector to its centroid. */
  readonly #distances: Float64Array;

  constructor(rows: Rows, k: number, seed: number) {
    this.#rows = rows;
    this.#k = k;
    this.#centroids = new Float32Array(k * rows.dimension);
    this.#assignments = new Uint32Array(rows.count);
    this.#sizes = new Uint32Array(k);
    this.#distances = new Float64Array(rows.count);
    this.#begin(randomNumbers(seed));
  }

  run(maxIterations: number): Clusters {
    let iterations = 0;
    let changed = true;
    while (changed && iterations < maxIterations) {
      iterations++;
      changed = this.#assign(iterations === 1);
      changed = this.#fillEmpty() || changed;
      if (changed) this.#average();
    }
    // The centroids have moved since the vectors were last assigned to them.
    if (changed) this.#assign(true);
    const total = this.#distances.reduce((sum, distance) => sum + distance, 0);
    return {
      assignments: this.#assignments,
      centroids: this.#centroids,
      sizes: this.#sizes,
      cohesion: 1 - total / this.#rows.count,
      iterations,
      converged: !changed,
    };
  }

  /**
   * Chooses the first centroids among the vectors, each with a probability proportional to its
   * distance from those chosen before. Of those drawn, the one that leaves the least distance in
   * all is taken.
   */
  #begin(random: () => number): void {
    const { count, inverse } = this.#rows;
    // Vectors of zeros are never chosen, and at first all others are alike.
    let nearest = Float64Array.from(inverse, (scale) => (scale > 0 ? 1 : 0));
    for (let chosen = 0; chosen < this.#k; chosen++) {
      const total = nearest.reduce((sum, distance) => sum + distance, 0);
      // No directions are left: the clusters from here on stay empty.
      if (!(total > AT_IT)) return;
      let best = { row: -1, total: Infinity, distances: nearest };
      for (let drawn = 0; drawn < (chosen === 0 ? 1 : CANDIDATES); drawn++) {
        const row = drawFrom(nearest, random() * total);
        const distances = this.#distancesTo(row);
        let sum = 0;
        for (let other = 0; other < count; other++) {
          distances[other] = Math.min(distances[other]!, nearest[other]!);
          sum += distances[other]!;
        }
        if (sum < best.total) best = { row, total: sum, distances };
      }
      this.#setCentroid(chosen, best.row);
      nearest = best.distances;
    }
  }

  /** 1 - cosine of each vector to vector `row`; what is only rounding is 0. */
  #distancesTo(row: number): Float64Array<ArrayBuffer> {
    const { count, dimension, values, inverse } = this.#rows;
    const distances = new Float64Array(count);
    dots(values, row * dimension, values, dimension, 0, count, distances);
    for (let other = 0; other < count; other++) {
      const distance = 1 - distances[other]! * inverse[row]! * inverse[other]!;
      distances[other] = distance > AT_IT ? distance : 0;
    }
    return distances;
  }

  /** Puts each vector to the centroid closest to it, the first of several; false if all stay. */
  #assign(first: boolean): boolean {
    const { count, dimension, values, inverse } = this.#rows;
    const products = new Float64Array(this.#k);
    let changed = first;
    this.#sizes.fill(0);
    for (let row = 0; row < count; row++) {
      dots(values, row * dimension, this.#centroids, dimension, 0, this.#k, products);
      let closest = 0;
      for (let c = 1; c < this.#k; c++) if (products[c]! > products[closest]!) closest = c;
      if (this.#assignments[row] !== closest) {
        this.#assignments[row] = closest;
        changed = true;
      }
      this.#sizes[closest]!++;
      this.#distances[row] = Math.max(0, 1 - products[closest]! * inverse[row]!);
    }
    return changed;
  }

  /** Gives each empty cluster the vector that is worst off in its own; true if there was one. */
  #fillEmpty(): boolean {
    let filled = false;
    for (let c = 0; c < this.#k; c++) {
      if (this.#sizes[c]! > 0) continue;
      let worst = -1;
      let distance = AT_IT;
      for (let row = 0; row < this.#rows.count; row++) {
        const taken = this.#assignments[row]!;
        if (this.#sizes[taken]! > 1 && this.#rows.inverse[row]! > 0 && this.#distances[row]! > distance) {
          worst = row;
          distance = this.#distances[row]!;
        }
      }
      if (worst < 0) return filled;
      this.#sizes[this.#assignments[worst]!]!--;
      this.#sizes[c] = 1;
      this.#assignments[worst] = c;
      this.#distances[worst] = 0;
      filled = true;
    }
    return filled;
  }

  /** Turns each centroid to the mean direction of its vectors. */
  #average(): void {
    const { count, dimension, values, inverse } = this.#rows;
    const sums = new Float64Array(this.#centroids.length);
    for (let row = 0, at = 0; row < count; row++) {
      const scale = inverse[row]!;
      let sum = this.#assignments[row]! * dimension;
      for (const end = at + dimension; at < end; at++) sums[sum++]! += values[at]! * scale;
    }
    for (let c = 0; c < this.#k; c++) {
      // Without vectors, or with such as cancel out, there is no mean direction to turn to.
      const sum = sums.subarray(c * dimension, (c + 1) * dimension);
      const length = Math.sqrt(sum.reduce((squares, x) => squares + x * x, 0));
      if (length > AT_IT)
        this.#centroids.set(
          sum.map((x) => x / length),
          c * dimension,
        );
    }
  }

  #setCentroid(c: number, row: number): void {
    const { dimension, values, inverse } = this.#rows;
    const vector = values.subarray(row * dimension, (row + 1) * dimension);
    this.#centroids.set(
      vector.map((x) => x * inverse[row]!),
      c * dimension,
    );
  }
}

/** The index at which the running sum of `weights` goes beyond `mark`. */
function drawFrom(weights: Float64Array, mark: number): number {
  let last = 0;
  for (let index = 0; index < weights.length; index++) {
    if (weights[index] === 0) continue;
    last = index;
    mark -= weights[index]!;
    if (mark < 0) break;
  }
  return last;
}
