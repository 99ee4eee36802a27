// cluster: planted groups are found, and what it returns is what k-means promises.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../support/source.mjs';
import { close, gaussians, planted } from './support.mjs';

const { cluster } = await source('vectors/cluster.ts');
const { similarity } = await source('vectors/similarity.ts');

const row = (flat, dimension, i) => flat.subarray(i * dimension, (i + 1) * dimension);

/** Holds for every result that converged: the definition of a local optimum, written out. */
function checkOptimum(flat, dimension, k, result) {
  const count = flat.length / dimension;
  const { assignments, centroids, sizes, cohesion, converged } = result;
  assert.ok(converged);
  assert.equal(assignments.length, count);
  assert.equal(centroids.length, k * dimension);
  let total = 0;
  const means = Array.from({ length: k }, () => new Array(dimension).fill(0));
  for (let i = 0; i < count; i++) {
    const vector = row(flat, dimension, i);
    const cosines = Array.from({ length: k }, (_, c) => similarity(vector, row(centroids, dimension, c)));
    const own = cosines[assignments[i]];
    assert.ok(own >= Math.max(...cosines) - 1e-6, `vector ${i} is not at its closest centroid`);
    total += own;
    const length = Math.hypot(...vector);
    vector.forEach((x, d) => (means[assignments[i]][d] += x / length));
  }
  close(cohesion, total / count, 1e-6, 'cohesion');
  for (let c = 0; c < k; c++) {
    assert.equal(sizes[c], assignments.filter((assigned) => assigned === c).length);
    assert.ok(sizes[c] > 0, `cluster ${c} is empty`);
    close(Math.hypot(...row(centroids, dimension, c)), 1, 1e-6, 'length of a centroid');
    close(similarity(means[c], row(centroids, dimension, c)), 1, 1e-6, 'direction of a centroid');
  }
}

test('planted groups are found whole, from every seed', () => {
  for (const groups of [2, 5, 12]) {
    const flat = planted(20 * groups, groups, 48, 0.4, groups);
    for (let seed = 0; seed < 10; seed++) {
      const result = cluster(flat, groups, { dimension: 48, seed });
      checkOptimum(flat, 48, groups, result);
      const labels = Array.from({ length: groups }, (_, group) => result.assignments[group]);
      assert.equal(new Set(labels).size, groups, `seed ${seed}`);
      result.assignments.forEach((assigned, i) => assert.equal(assigned, labels[i % groups]));
    }
  }
});

test('vectors without any groups end in a local optimum too', () => {
  const flat = gaussians(200, 9, 8);
  for (const k of [1, 3, 17, 200]) checkOptimum(flat, 9, k, cluster(flat, k, { dimension: 9 }));
});

test('the same seed gives the same clusters, another one others', () => {
  const flat = gaussians(300, 16, 9);
  const run = (seed) => cluster(flat, 8, { dimension: 16, seed });
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1).assignments, run(2).assignments);
  assert.deepEqual(run(0), cluster(flat, 8, { dimension: 16 }));
});

test('lengths and the form of the vectors make no difference', () => {
  const flat = planted(60, 4, 10, 0.3, 10);
  const rows = Array.from({ length: 60 }, (_, i) => Array.from(row(flat, 10, i), (x) => x * 2 ** (i % 7)));
  const [one, other] = [cluster(flat, 4, { dimension: 10, seed: 3 }), cluster(rows, 4, { seed: 3 })];
  assert.deepEqual(one.assignments, other.assignments);
});

test('as many clusters as vectors: one each', () => {
  const { assignments, cohesion } = cluster(
    [
      [1, 0],
      [0, 1],
      [-1, 0],
    ],
    3,
  );
  assert.equal(new Set(assignments).size, 3);
  close(cohesion, 1, 1e-9);
});

test('fewer directions than clusters leave clusters empty, and end', () => {
  const { assignments, sizes, centroids, converged } = cluster(
    [
      [1, 0],
      [2, 0],
      [0, 3],
      [0, 1],
    ],
    3,
  );
  assert.ok(converged);
  assert.deepEqual([...sizes].sort(), [0, 2, 2]);
  assert.equal(assignments[0], assignments[1]);
  assert.deepEqual([...centroids.subarray(4)], [0, 0]);
});

test('zeros and opposite vectors do no harm', () => {
  const zeros = cluster(new Float32Array(6), 2, { dimension: 2 });
  assert.deepEqual([...zeros.assignments, ...zeros.centroids], [0, 0, 0, 0, 0, 0, 0]);
  const opposite = cluster(
    [
      [1, 0],
      [-1, 0],
      [0, 0],
    ],
    1,
  );
  assert.ok([...opposite.centroids, opposite.cohesion].every(Number.isFinite));
});

test('the number of rounds can be limited', () => {
  const flat = gaussians(400, 8, 11);
  const { iterations, converged, assignments, sizes } = cluster(flat, 10, { dimension: 8, maxIterations: 1 });
  assert.deepEqual([iterations, converged], [1, false]);
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    assignments.length,
  );
});

test('arguments that make no sense are named', () => {
  const two = [
    [1, 0],
    [0, 1],
  ];
  for (const [attempt, message] of [
    [() => cluster(two, 3), /RangeError: `k` must be at most 2, the number of vectors \(received 3\)/],
    [() => cluster([], 1), /RangeError: `k` must be at most 0/],
    [() => cluster(two, 0), /RangeError: `k` .*received 0/],
    [() => cluster(two, 1.5), /RangeError: `k`/],
    [() => cluster(two, 1, { seed: 'a' }), /TypeError: `seed` .*received "a"/],
    [() => cluster(two, 1, { maxIterations: 0 }), /RangeError: `maxIterations`/],
    [() => cluster([[1, NaN]], 1), /RangeError: Element 1 of vectors\[0\] .*received NaN/],
  ]) {
    assert.throws(attempt, (error) => message.test(String(error)) || assert.fail(String(error)));
  }
});
