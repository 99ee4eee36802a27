// edgebert/vectors: similarity, near-duplicates and clusters of vectors. It needs neither a model nor
// the engine.
export { rows } from './vectors/row-views.js';
export { similarity, pairwise } from './vectors/similarity.js';
export { duplicates } from './vectors/duplicates.js';
export { cluster } from './vectors/cluster.js';

export type { ClusterOptions, Clusters } from './vectors/cluster.js';
export type { DuplicatePair, DuplicatesOptions } from './vectors/duplicates.js';
export type { Vector, Vectors } from './vectors/rows.js';
