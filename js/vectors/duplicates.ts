import { checkOptions, isInteger, isNumber, type Checks } from '../shared/checks.js';
import { cosine, dot, dots } from './dots.js';
import { rowsOf, type Rows, type Vectors } from './rows.js';

/** Numbers of a vector that are compared at a time. */
const WIDTH = 48;
/** More than float32 rounds off a bound of about 1. */
const SLACK = 1e-5;

/** What `duplicates` takes. */
export interface DuplicatesOptions {
  /** The vectors' dimension, if they are in one Float32Array. */
  readonly dimension?: number;
  /** The least cosine of a pair, from -1 to 1; default 0.9. The lower it is, the longer it takes. */
  readonly threshold?: number;
  /** Most pairs, of which the closest are kept; default 100,000. */
  readonly limit?: number;
}

const OPTIONS: Checks<DuplicatesOptions> = {
  dimension: isInteger(1),
  threshold: isNumber(-1, 1),
  limit: isInteger(1, undefined, true),
};

/** Two vectors that are close to one another. */
export interface DuplicatePair {
  /** Index of the one that comes first. */
  readonly a: number;
  /** Index of the other one. */
  readonly b: number;
  /** Their cosine. */
  readonly score: number;
}

/**
 * The pairs of vectors whose cosine is `threshold` or more, the closest first, and in the order of
 * the vectors where they are equally close. Exact: nothing is approximated.
 *
 * It compares each vector with every other: seconds for 10,000 of them, and four times as much for
 * twice as many. On a page, call it in a worker of your own for more than a few thousand.
 *
 * @throws TypeError for what are not vectors or options; RangeError where dimensions differ or a
 * number is not finite.
 */
export function duplicates(vectors: Vectors, options: DuplicatesOptions = {}): DuplicatePair[] {
  checkOptions('duplicates', options, OPTIONS);
  const { dimension, threshold = 0.9, limit = 100_000 } = options;
  return closest(rowsOf(vectors, dimension), Math.fround(threshold), limit);
}

/**
 * A pair's cosine is at most the product of the first numbers of both, plus the lengths of the rest
 * multiplied (Cauchy-Schwarz). Most pairs fall below the threshold after a block or two, and the
 * rest of their numbers need not be looked at.
 */
function closest(rows: Rows, threshold: number, limit: number): DuplicatePair[] {
  const { count, dimension, values, inverse } = rows;
  const { blocks, rests } = blocksOf(rows);
  const products = new Float64Array(count);
  let pairs: DuplicatePair[] = [];
  let least = threshold;
  /** Once the limit has been reached, later pairs must be above `least`, not just at it. */
  let full = false;

  const mayReach = (a: number, b: number): boolean => {
    let product = products[b]!;
    for (let block = 0; ;) {
      const rest = rests[block]!;
      if (product + rest[a]! * rest[b]! < least - SLACK) return false;
      if (++block === blocks.length) return true;
      const { values, width } = blocks[block]!;
      product += dot(values, a * width, values, b * width, width);
    }
  };

  for (let a = 0; a < count; a++) {
    const { values: first, width } = blocks[0]!;
    dots(first, a * width, first, width, a + 1, count, products);
    for (let b = a + 1; b < count; b++) {
      if (!mayReach(a, b)) continue;
      const product = dot(values, a * dimension, values, b * dimension, dimension);
      const score = cosine(product * inverse[a]! * inverse[b]!);
      if (full ? score <= least : score < least) continue;
      pairs.push({ a, b, score });
      if (pairs.length < 2 * limit) continue;
      pairs = sorted(pairs).slice(0, limit);
      least = pairs[limit - 1]!.score;
      full = true;
    }
  }
  return sorted(pairs).slice(0, limit);
}

/** By score; sorting is stable, and pairs are found in the order of the vectors. */
function sorted(pairs: DuplicatePair[]): DuplicatePair[] {
  return pairs.sort((one, other) => other.score - one.score);
}

/** Some positions of all vectors: `count × width` numbers. */
interface Block {
  readonly width: number;
  readonly values: Float32Array;
}

/**
 * The vectors, scaled to length 1, in blocks of positions: those that vary most first, which tell
 * vectors apart soonest. And after each block the length of the rest of each vector.
 */
function blocksOf(rows: Rows): { blocks: Block[]; rests: Float64Array[] } {
  const { count, dimension, values, inverse } = rows;
  const positions = byVariance(rows);
  const blocks: Block[] = [];
  const rests: Float64Array[] = [];
  let squares = Float64Array.from(inverse, (scale) => (scale > 0 ? 1 : 0));
  for (let start = 0; start < dimension; start += WIDTH) {
    const chosen = positions.slice(start, start + WIDTH);
    const block = new Float32Array(count * chosen.length);
    squares = squares.slice();
    for (let row = 0, at = 0; row < count; row++) {
      for (const position of chosen) {
        const x = values[row * dimension + position]! * inverse[row]!;
        block[at++] = x;
        squares[row]! -= x * x;
      }
    }
    blocks.push({ width: chosen.length, values: block });
    rests.push(squares.map((square) => Math.sqrt(Math.max(0, square))));
  }
  return { blocks, rests };
}

/** Positions in a vector, the one whose numbers vary most first. */
function byVariance({ count, dimension, values, inverse }: Rows): number[] {
  const sums = new Float64Array(dimension);
  const squares = new Float64Array(dimension);
  for (let row = 0, at = 0; row < count; row++) {
    for (let i = 0; i < dimension; i++, at++) {
      const x = values[at]! * inverse[row]!;
      sums[i]! += x;
      squares[i]! += x * x;
    }
  }
  const variances = squares.map((square, i) => square - sums[i]! ** 2 / count);
  return Array.from(variances.keys()).sort((i, j) => variances[j]! - variances[i]!);
}
