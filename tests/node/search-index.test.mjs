// SearchIndex without a browser: it is the same code, and needs neither a model nor `init`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { BruteForce, random } from '../search/brute-force.js';
import { source } from './support/source.mjs';

const { SearchIndex } = await source('search/index/search-index.ts');

const names = (count) => Array.from({ length: count }, (_, i) => `id ${i}`);
const numbers = (seed, count) => Float32Array.from({ length: count }, random(seed));

function filled(count, dimension, { precision, metadata } = {}) {
  const [index, brute] = [new SearchIndex({ dimension, precision }), new BruteForce()];
  const vectors = numbers(dimension, count * dimension);
  const all = metadata && names(count).map((_, i) => metadata(i));
  index.upsertMany(names(count), vectors, all);
  names(count).forEach((id, i) =>
    brute.upsert(id, vectors.slice(i * dimension, (i + 1) * dimension), all?.[i]),
  );
  return { index, brute, vectors };
}

for (const precision of ['int8', 'f32']) {
  for (const dimension of [1, 2, 15, 16, 17, 384, 1000, 16_384]) {
    test(`scores are cosines, best first: ${precision}, ${dimension} numbers`, () => {
      const { index, brute } = filled(dimension > 1000 ? 40 : 1500, dimension, { precision });
      for (let i = 0; i < 5; i++) {
        const query = numbers(i, dimension);
        const found = index.search(query, { topK: Infinity });
        assert.equal(found.length, index.size);
        // int8 rounds by half a step in 127 at most, and mostly in other directions than the query's.
        const tolerance = precision === 'f32' ? 2e-6 : 0.01;
        const exact = new Map(brute.search(query, { topK: Infinity }).map(({ id, score }) => [id, score]));
        for (const { id, score } of found)
          assert.ok(Math.abs(score - exact.get(id)) < tolerance, `${id}: ${score}`);
        for (const [k, { score }] of found.slice(1).entries()) assert.ok(score <= found[k].score);
        for (const topK of [1, 7, index.size - 1, index.size + 1])
          assert.deepEqual(index.search(query, { topK }), found.slice(0, topK));
        const minScore = found[20].score;
        assert.deepEqual(
          index.search(query, { minScore, topK: Infinity }),
          found.filter(({ score }) => score >= minScore),
        );
      }
    });
  }
}

test('int8 finds what float32 finds: recall@10 of at least 0.99 where texts have neighbours', () => {
  // Vectors in groups of all widths, as sentences are; of vectors that have no neighbours at all the
  // tenth and the eleventh differ by less than rounding does.
  const [dimension, count, queries] = [384, 20_000, 50];
  const next = random(5);
  const gaussian = () => next() + next() + next() + next();
  const centres = Array.from({ length: 200 }, () => Float32Array.from({ length: dimension }, gaussian));
  const vectors = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const [centre, width] = [centres[i % 200], 0.2 + Math.abs(next())];
    for (let k = 0; k < dimension; k++) vectors[i * dimension + k] = centre[k] + width * gaussian();
  }
  const [int8, f32] = ['int8', 'f32'].map((precision) => new SearchIndex({ dimension, precision }));
  for (const index of [int8, f32]) index.upsertMany(names(count), vectors);
  let common = 0;
  for (let q = 0; q < queries; q++) {
    const query = Float32Array.from(centres[q], (x) => x + 0.4 * gaussian());
    const exact = new Set(f32.search(query).map(({ id }) => id));
    common += int8.search(query).filter(({ id }) => exact.has(id)).length;
  }
  assert.ok(common >= 0.99 * 10 * queries, `${common} of ${10 * queries}`);
});

test('equal scores come in the order of insertion, which an update keeps', () => {
  for (const precision of ['int8', 'f32']) {
    const index = new SearchIndex({ dimension: 3, precision });
    for (let i = 0; i < 3000; i++) index.upsert(`id ${i}`, [1 + (i % 3), 0, 0]);
    const first = (topK) => index.search([2, 0, 0], { topK }).map(({ id }) => id);
    assert.deepEqual(first(5), ['id 0', 'id 1', 'id 2', 'id 3', 'id 4']);
    index.upsert('id 1', [7, 0, 0]);
    index.remove('id 2');
    index.upsert('id 2', [7, 0, 0]);
    assert.deepEqual(first(5), ['id 0', 'id 1', 'id 3', 'id 4', 'id 5']);
    assert.equal(first(3000).at(-1), 'id 2');
    assert.deepEqual(first(Infinity), [...index.ids()]);
  }
});

test('a filter that keeps 1 % has all of its ten, whatever it keeps', () => {
  const metadata = (i) => ({ rare: i % 100 === 7, group: i % 50, tags: [`t${i % 9}`, i], none: null });
  const { index, brute } = filled(20_000, 32, { precision: 'f32', metadata });
  const filters = [
    [{ rare: true }, ({ rare }) => rare],
    [{ group: 3 }, ({ group }) => group === 3],
    [{ group: [3, 4], rare: false }, ({ group, rare }) => (group === 3 || group === 4) && !rare],
    [{ tags: 't5', none: null }, ({ tags }) => tags.includes('t5')],
    [{ tags: [12, 19_999] }, ({ tags }) => tags.includes(12) || tags.includes(19_999)],
    [(_, id) => id.endsWith('77'), (_, id) => id.endsWith('77')],
    [{ rare: true, group: 3 }, () => false],
    [{ group: [] }, () => false],
    [{ group: '3' }, () => false],
    [{ missing: 1 }, () => false],
    [{ toString: 1, constructor: null }, () => false],
    [{}, () => true],
    [Object.assign(Object.create(null), { rare: true }), ({ rare }) => rare],
    [runInNewContext('({ rare: true })'), ({ rare }) => rare],
    [() => true, () => true],
  ];
  for (const [filter, same] of filters) {
    for (let q = 0; q < 5; q++) {
      const query = numbers(q, 32);
      const expected = brute.search(query, { filter: same });
      const found = index.search(query, { filter });
      assert.deepEqual(
        found.map(({ id }) => id),
        expected.map(({ id }) => id),
      );
      for (const [i, { metadata }] of found.entries()) assert.deepEqual(metadata, expected[i].metadata);
    }
  }
});

test('a filter sees {} where there is no metadata, and its errors leave the index as it was', () => {
  const index = new SearchIndex({ dimension: 2 });
  index.upsert('a', [1, 0]);
  assert.deepEqual(index.search([1, 0], { filter: (metadata) => metadata.x === undefined }), [
    { id: 'a', score: 1, metadata: undefined, text: undefined },
  ]);
  const broken = {
    filter: () => {
      throw new Error('mine');
    },
  };
  assert.throws(() => index.search([1, 0], broken), /mine/);
  for (const change of [
    () => index.upsert('b', [1, 1]),
    () => index.remove('a'),
    () => index.clear(),
    () => index.search([1, 0]),
  ]) {
    assert.throws(() => index.search([1, 0], { filter: () => change() }), {
      name: 'EdgeBertError',
      code: 'state',
    });
  }
  assert.deepEqual([...index.ids()], ['a']);
  assert.equal(index.search([1, 0], { filter: (_, id) => index.get(id) !== undefined }).length, 1);
});

test('metadata that is too deep is refused, and the index is as it was', () => {
  const index = new SearchIndex({ dimension: 1 });
  const deep = (levels) => (levels === 0 ? {} : { inner: deep(levels - 1) });
  index.upsert('deep', [1], deep(90));
  assert.equal(index.search([1])[0].id, 'deep');
  assert.throws(() => index.upsert('deeper', [1], deep(2000)), {
    name: 'TypeError',
    message: /more than 100 levels/,
  });
  assert.deepEqual([index.has('deeper'), index.size], [false, 1]);
});

test('much metadata goes into several segments', () => {
  const index = new SearchIndex({ dimension: 1 });
  const long = 'x'.repeat(150_000);
  const count = 4000;
  index.upsertMany(
    names(count),
    new Float32Array(count).fill(1),
    names(count).map((id) => ({ id, long })),
  );
  const again = SearchIndex.fromBytes(index.bytes);
  assert.deepEqual([again.size, again.get('id 3999').metadata.id], [count, 'id 3999']);
});

test('metadata and text are copies, as JSON has them', () => {
  const index = new SearchIndex({ dimension: 1 });
  const metadata = { date: new Date(0), list: [1, undefined], skipped: undefined, deep: { x: 1 } };
  index.upsert('a', [1], metadata, 'text');
  metadata.deep.x = 2;
  const kept = { date: '1970-01-01T00:00:00.000Z', list: [1, null], deep: { x: 1 } };
  assert.deepEqual(index.get('a'), { metadata: kept, text: 'text' });
  index.get('a').metadata.deep.x = 3;
  index.search([1])[0].metadata.deep.x = 3;
  assert.deepEqual(index.get('a').metadata, kept);
  index.upsert('a', [1]);
  assert.deepEqual(index.get('a'), { metadata: undefined, text: undefined });
  assert.equal(index.get('b'), undefined);
  assert.equal(index.vector('b'), undefined);
});

test('vectors of any length are normalised, and given back so', () => {
  for (const [precision, tolerance] of [
    ['int8', 0.005],
    ['f32', 1e-7],
  ]) {
    const index = new SearchIndex({ dimension: 3, precision });
    for (const scale of [1, 1e-30, 1e30, 1e-38]) {
      index.upsert('a', [3 * scale, 0, -4 * scale]);
      const found = index.vector('a');
      for (const [i, x] of [0.6, 0, -0.8].entries())
        assert.ok(Math.abs(found[i] - x) < tolerance, `${found}`);
      const [{ score }] = index.search([3e-20, 0, -4e-20]);
      assert.ok(score > 0.9999 && score <= 1);
    }
  }
});

test('wrong arguments are a TypeError or a RangeError that names them, and change nothing', () => {
  const index = new SearchIndex({ dimension: 3 });
  index.upsert('kept', [1, 2, 3], { n: 1 }, 'text');
  const before = index.bytes;
  const cyclic = {};
  cyclic.self = cyclic;
  const two = Float32Array.of(1, 2, 3, 4, 5, 6);
  const wrong = [
    [TypeError, /id must be a string \(received 7\)/, () => index.upsert(7, [1, 2, 3])],
    [TypeError, /id must be a string \(received undefined\)/, () => index.upsert(undefined, [1, 2, 3])],
    [TypeError, /vector must be a Float32Array or an array/, () => index.upsert('kept', '123')],
    [TypeError, /vector must be a Float32Array or an array/, () => index.upsert('kept', new Uint8Array(3))],
    [
      TypeError,
      /Element 1 of the vector must be a number \(received "2"\)/,
      () => index.upsert('kept', [1, '2', 3]),
    ],
    [
      TypeError,
      /Element 1 of the vector must be a number \(received undefined\)/,
      () => index.upsert('kept', [1, , 3]),
    ],
    [RangeError, /have 3 numbers \(received 2\)/, () => index.upsert('kept', [1, 2])],
    [RangeError, /have 3 numbers \(received 4\)/, () => index.upsert('kept', new Float32Array(4))],
    [
      RangeError,
      /Element 2 of the vector must be a finite float32 \(received NaN\)/,
      () => index.upsert('kept', [1, 2, NaN]),
    ],
    [
      RangeError,
      /Element 0 of the vector must be a finite float32 \(received -Infinity\)/,
      () => index.upsert('kept', Float32Array.of(-Infinity, 0, 1)),
    ],
    [
      RangeError,
      /Element 0 of the vector must be a finite float32 \(received 1e\+300\)/,
      () => index.upsert('kept', [1e300, 0, 1]),
    ],
    [RangeError, /zero/, () => index.upsert('kept', [0, -0, 1e-60])],
    [TypeError, /metadata must be an object/, () => index.upsert('kept', [1, 1, 1], 'metadata')],
    [TypeError, /metadata must be an object/, () => index.upsert('kept', [1, 1, 1], [])],
    [TypeError, /metadata must be an object/, () => index.upsert('kept', [1, 1, 1], null)],
    [TypeError, /metadata must be an object/, () => index.upsert('kept', [1, 1, 1], { toJSON: () => 5 })],
    [TypeError, /metadata can't be represented as JSON/, () => index.upsert('kept', [1, 1, 1], cyclic)],
    [TypeError, /metadata can't be represented as JSON/, () => index.upsert('kept', [1, 1, 1], { big: 1n })],
    [TypeError, /represented as JSON \(it has NaN\)/, () => index.upsert('kept', [1, 1, 1], { n: NaN })],
    [
      TypeError,
      /represented as JSON \(it has Infinity\)/,
      () => index.upsert('kept', [1, 1, 1], { n: [1 / 0] }),
    ],
    [
      TypeError,
      /represented as JSON \(it has a function\)/,
      () => index.upsert('kept', [1, 1, 1], { f() {} }),
    ],
    [TypeError, /text must be a string/, () => index.upsert('kept', [1, 1, 1], {}, 5)],
    [TypeError, /`ids` must be an array/, () => index.upsertMany('ab', two)],
    [
      TypeError,
      /`vectors` must be one Float32Array/,
      () =>
        index.upsertMany(
          ['kept', 'b'],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ),
    ],
    [RangeError, /have 3 × 3 = 9 numbers \(received 6\)/, () => index.upsertMany(['kept', 'b', 'c'], two)],
    [TypeError, /ids\[1\] must be a string \(received null\)/, () => index.upsertMany(['kept', null], two)],
    [TypeError, /ids\[1\] must be a string \(received undefined\)/, () => index.upsertMany(['kept', ,], two)],
    [
      TypeError,
      /ids\[0\] must be a string \(received undefined\)/,
      () => index.upsertMany(new Array(2), two),
    ],
    [RangeError, /Duplicate id "b" at ids\[0\] and ids\[1\]/, () => index.upsertMany(['b', 'b'], two)],
    [
      RangeError,
      /`metadata` must have .* 2 \(received 1\)/,
      () => index.upsertMany(['kept', 'b'], two, [{}]),
    ],
    [
      RangeError,
      /`texts` must have .*received 3/,
      () => index.upsertMany(['kept', 'b'], two, [], ['', '', '']),
    ],
    [TypeError, /metadata\[1\] must be an object/, () => index.upsertMany(['kept', 'b'], two, [{}, 5])],
    [TypeError, /texts\[1\] must be a string/, () => index.upsertMany(['kept', 'b'], two, [], ['', 5])],
    [
      RangeError,
      /vector of ids\[1\] is zero/,
      () => index.upsertMany(['kept', 'b'], Float32Array.of(1, 1, 1, 0, 0, 0)),
    ],
    [
      RangeError,
      /vector of ids\[1\] is not finite/,
      () => index.upsertMany(['b', 'kept'], Float32Array.of(1, 1, 1, 0, NaN, 0)),
    ],
    [RangeError, /have 3 numbers \(received 2\)/, () => index.search([1, 2])],
    [RangeError, /NaN/, () => index.search([1, 2, NaN])],
    [RangeError, /zero/, () => index.search([0, 0, 0])],
    [RangeError, /`topK`/, () => index.search([1, 2, 3], { topK: 0 })],
    [RangeError, /`topK`/, () => index.search([1, 2, 3], { topK: 1.5 })],
    [TypeError, /`topK`/, () => index.search([1, 2, 3], { topK: '5' })],
    [RangeError, /`minScore`/, () => index.search([1, 2, 3], { minScore: NaN })],
    [
      TypeError,
      /`filter` must be a function or a plain object/,
      () => index.search([1, 2, 3], { filter: 'x' }),
    ],
    ...[
      null,
      new Map([['n', 1]]),
      [],
      new (class {
        n = 1;
      })(),
    ].map((filter) => [
      TypeError,
      /`filter` must be a function or a plain object/,
      () => index.search([1, 2, 3], { filter }),
    ]),
    [TypeError, /no option `topk`; did you mean `topK`/, () => index.search([1, 2, 3], { topk: 5 })],
    [TypeError, /Promise: `await` it first/, () => index.search(Promise.resolve([1, 2, 3]))],
    [TypeError, /instance of Map/, () => index.upsert('kept', [1, 1, 1], new Map([['n', 1]]))],
    [TypeError, /instance of Map/, () => index.upsert('kept', [1, 1, 1], { deep: [new Map()] })],
    [RangeError, /no entry with the id "b"/, () => index.related('b')],
    [TypeError, /`filter` must not be async/, () => index.search([1, 2, 3], { filter: async () => false })],
    [
      TypeError,
      /`filter.x` (is|must be) a string/,
      () => index.search([1, 2, 3], { filter: { x: { $gt: 1 } } }),
    ],
    [RangeError, /`dimension` must be an integer from 1/, () => new SearchIndex({ dimension: 0 })],
    [RangeError, /`dimension` must be an integer from 1/, () => new SearchIndex({ dimension: 20_000 })],
    [TypeError, /`dimension` must be an integer/, () => new SearchIndex({ dimension: '3' })],
    [TypeError, /`model` must be a name/, () => new SearchIndex({ dimension: 3, model: {} })],
    [
      TypeError,
      /`precision` must be 'int8' or 'f32'/,
      () => new SearchIndex({ dimension: 3, precision: 'f16' }),
    ],
  ];
  for (const [type, message, call] of wrong) {
    assert.throws(call, (error) => error instanceof type && message.test(error.message), String(message));
    assert.deepEqual(index.bytes, before, String(message));
  }
});

test('memory that does not suffice is an error, and the index keeps working', () => {
  const index = new SearchIndex({ dimension: 16_384, precision: 'f32' });
  index.upsert('a', numbers(1, 16_384));
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError('no');
  };
  try {
    const fill = () => {
      for (let i = 0; i < 1000; i++) index.upsert(`b ${i}`, numbers(2, 16_384));
    };
    assert.throws(fill, { name: 'EdgeBertError', code: 'state', message: /no memory left/ });
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
  const { size } = index;
  index.upsert('c', numbers(3, 16_384));
  assert.equal(index.size, size + 1);
  assert.equal(index.search(numbers(3, 16_384), { topK: 1 })[0].id, 'c');
});

test('an index that was emptied gives its places back', () => {
  const index = new SearchIndex({ dimension: 4 });
  const vectors = numbers(1, 40_000);
  for (let round = 0; round < 5; round++) {
    index.upsertMany(names(10_000), vectors);
    for (const id of names(9_990)) assert.ok(index.remove(id));
    assert.ok(!index.remove('id 0'));
    assert.deepEqual([...index.ids()], names(10_000).slice(9_990));
    const expected = index.search(vectors.subarray(39_996), { topK: 1 })[0].id;
    assert.equal(expected, 'id 9999');
  }
  index.clear();
  assert.deepEqual([index.size, index.search([1, 1, 1, 1])], [0, []]);
  index.upsert('a', [1, 1, 1, 1]);
  assert.equal(index.search([1, 1, 1, 1])[0].id, 'a');
});
