import type { Hit } from '../wordnet/protocol';

/** How much more the nearest entries weigh when a query is placed: e-fold for this much cosine. */
const SHARPNESS = 0.04;

/**
 * Where a query lands: amid its nearest entries, each weighed by how near it is. UMAP has no
 * formula for a new point; between its neighbours is where it puts one.
 */
export function placeOf(hits: readonly Hit[], positions: Float32Array): { x: number; y: number } | undefined {
  const best = hits[0]?.score;
  if (best === undefined) return undefined;
  let [x, y, sum] = [0, 0, 0];
  for (const { index, score } of hits) {
    const weight = Math.exp((score - best) / SHARPNESS);
    x += weight * positions[2 * index]!;
    y += weight * positions[2 * index + 1]!;
    sum += weight;
  }
  return { x: x / sum, y: y / sum };
}

/** The map is divided into so many by so many cells to find where a kind of words lives. */
const CELLS = 20;

/**
 * Where each kind of points is most at home: the middle of those in the cell that has many of them
 * and few others. Undefined for a kind without points.
 *
 * @param kinds the kind of each point, from 0 to `count` − 1
 */
export function homesOf(
  kinds: Uint8Array,
  count: number,
  positions: Float32Array,
): ({ x: number; y: number } | undefined)[] {
  const cells = CELLS * CELLS;
  const all = new Uint32Array(cells);
  // For each kind in each cell: how many, and the sums of their places.
  const own = Array.from({ length: count }, () => new Uint32Array(cells));
  const sums = Array.from({ length: count }, () => new Float32Array(2 * cells));
  for (let i = 0; i < kinds.length; i++) {
    const [x, y] = [positions[2 * i]!, positions[2 * i + 1]!];
    const cell = cellOf(y) * CELLS + cellOf(x);
    all[cell]!++;
    const kind = kinds[i]!;
    if (kind >= count) continue;
    own[kind]![cell]!++;
    sums[kind]![2 * cell]! += x;
    sums[kind]![2 * cell + 1]! += y;
  }
  return own.map((numbers, kind) => {
    const weights = Array.from(numbers, (n, cell) => (n * n) / Math.max(1, all[cell]!));
    const home = weights.indexOf(Math.max(...weights));
    const n = numbers[home]!;
    return n > 0 ? { x: sums[kind]![2 * home]! / n, y: sums[kind]![2 * home + 1]! / n } : undefined;
  });
}

function cellOf(place: number): number {
  return Math.min(CELLS - 1, Math.floor(CELLS * place));
}

/** The point nearest to a place, no farther than `within`. */
export function nearest(positions: Float32Array, x: number, y: number, within: number): number | undefined {
  let found: number | undefined;
  let least = within * within;
  for (let i = 0; 2 * i < positions.length; i++) {
    const far = (positions[2 * i]! - x) ** 2 + (positions[2 * i + 1]! - y) ** 2;
    if (far >= least) continue;
    least = far;
    found = i;
  }
  return found;
}

/** The next point from one in a direction (dx, dy), of those within 45° of it. */
export function next(
  positions: Float32Array,
  from: number,
  dx: number,
  dy: number,
  atLeast: number,
): number | undefined {
  const [x, y] = [positions[2 * from]!, positions[2 * from + 1]!];
  let found: number | undefined;
  let least = Infinity;
  for (let i = 0; 2 * i < positions.length; i++) {
    const [px, py] = [positions[2 * i]! - x, positions[2 * i + 1]! - y];
    const along = px * dx + py * dy;
    const across = Math.abs(px * dy - py * dx);
    // What lies off the line counts twice, so that steps go straight on.
    const far = along + 2 * across;
    if (along < atLeast || across > along || far >= least) continue;
    least = far;
    found = i;
  }
  return found;
}
