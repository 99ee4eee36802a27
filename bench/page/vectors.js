// Vectors as sentences have them: some alike, most not. The same for everybody, from a seed.

/** Numbers from 0 to 1 (mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Near enough a normal distribution: the sum of four of another kind. */
function bell(next) {
  return (next() + next() + next() + next() - 2) * 1.7;
}

const MEMBERS = 100;

/**
 * Unit vectors in groups of 100, of all widths, around random centres; or, `alone`, in random directions.
 *
 * @param from the first vector's number: vectors can be made piece by piece
 */
export function* makeVectors({ from, count, dimension, alone }) {
  const vector = new Float32Array(dimension);
  for (let i = from; i < from + count; i++) {
    const group = Math.floor(i / MEMBERS);
    const [centre, own] = [uniform(2 * group + 1), uniform(2_000_000_000 + i)];
    const width = alone ? 0 : 0.3 + 1.2 * own();
    let squares = 0;
    for (let k = 0; k < dimension; k++) {
      vector[k] = alone ? bell(own) : bell(centre) + width * bell(own);
      squares += vector[k] ** 2;
    }
    const length = Math.sqrt(squares);
    for (let k = 0; k < dimension; k++) vector[k] /= length;
    yield vector;
  }
}

/** Vectors one after the other. */
export function manyVectors(options) {
  const all = new Float32Array(options.count * options.dimension);
  let at = 0;
  for (const vector of makeVectors(options)) {
    all.set(vector, at);
    at += options.dimension;
  }
  return all;
}
