import { similarity } from 'edgebert';

/** How alike all pairs of vectors are, from −1 to 1; undefined where one of the two is not known yet. */
export function compare(vectors: readonly (Float32Array | undefined)[]) {
  return vectors.map((one) => vectors.map((other) => one && other && similarity(one, other)));
}
