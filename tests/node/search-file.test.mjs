// Index files: what goes in comes out, and damage of any kind is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../search/brute-force.js';
import { source } from './support/source.mjs';

const { SearchIndex } = await source('search/index/search-index.ts');
const { xxHash32 } = await source('shared/xxhash.ts');

function filled({
  precision = 'int8',
  dimension = 20,
  count = 30,
  model = 'a model',
  ids = (i) => `id ${i}`,
  plain = false,
} = {}) {
  const index = new SearchIndex({ dimension, precision, model });
  const vectors = Float32Array.from({ length: count * dimension }, random(count));
  const names = Array.from({ length: count }, (_, i) => ids(i));
  if (plain) index.upsertMany(names, vectors);
  else {
    const metadata = names.map((_, i) =>
      i % 3 ? { i, list: ['a', null, 1.5], nested: { '': '\ud800' } } : undefined,
    );
    const texts = names.map((name, i) => (i % 4 ? `text of ${name} 😀` : undefined));
    index.upsertMany(names, vectors, metadata, texts);
  }
  return index;
}

function everythingIn(index) {
  return [...index.ids()].map((id) => [id, index.get(id), index.vector(id)]);
}

const failure = (bytes, expected) => {
  try {
    SearchIndex.fromBytes(bytes, expected);
  } catch (error) {
    return error;
  }
  return undefined;
};

test('xxHash32 gives what the reference implementation gives', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * i * 7 + 3 * i);
  // Length, and the hashes with two seeds, by python-xxhash 3.
  const known = [
    [0, 0x02cc5d05, 0x36b78ae7],
    [4, 0x08daf2e2, 0xbcd390ee],
    [8, 0xb9e459a6, 0x3cec42d6],
    [12, 0x7183a1b9, 0x8ab4f9e7],
    [16, 0xe2380ec3, 0x6ee8b9ab],
    [20, 0xe343a35e, 0x4de33260],
    [28, 0x1f063e99, 0x3e19e323],
    [32, 0x6fe172bf, 0xd1ce0f87],
    [36, 0x14272f03, 0xe34cec9f],
    [1000, 0x0183c3d9, 0x51a8ef38],
  ];
  for (const [length, plain, seeded] of known) {
    assert.equal(xxHash32(bytes.subarray(0, length)), plain, `${length} bytes`);
    assert.equal(xxHash32(bytes.subarray(0, length), 2_654_435_761), seeded, `${length} bytes`);
  }
});

for (const precision of ['int8', 'f32']) {
  test(`an index comes back as it was: ${precision}`, () => {
    for (const [dimension, count] of [
      [1, 1],
      [3, 5],
      [16, 100],
      [20, 5000],
      [384, 700],
    ]) {
      const index = filled({ precision, dimension, count });
      for (let i = 0; i < count; i += 7) index.remove(`id ${i}`);
      const bytes = index.bytes;
      const copy = SearchIndex.fromBytes(bytes, { model: 'a model', dimension });
      assert.deepEqual(everythingIn(copy), everythingIn(index));
      assert.deepEqual(
        [copy.model, copy.dimension, copy.precision, copy.size],
        [index.model, dimension, precision, index.size],
      );
      assert.deepEqual(copy.bytes, bytes);
      const query = Float32Array.from({ length: dimension }, random(9));
      assert.deepEqual(copy.search(query, { topK: 50 }), index.search(query, { topK: 50 }));
    }
  });
}

test('strings of every kind come back: empty, lone surrogates, a megabyte, names of Object', () => {
  const strings = [
    '',
    '\ud800',
    '\udc00',
    '\ufffd',
    '\ufeff',
    '\0',
    '"\\',
    '__proto__',
    'constructor',
    'toString',
    'é',
    'e\u0301',
    'x'.repeat(1_000_000),
    `${'x'.repeat(1_000_000)}y`,
  ];
  const index = new SearchIndex({ dimension: 2, model: '\ud800 "model"' });
  strings.forEach((id, i) => index.upsert(id, [1, i], JSON.parse(`{"__proto__": ${i}}`), id));
  assert.equal(index.size, strings.length);
  const copy = SearchIndex.fromBytes(index.bytes);
  assert.equal(copy.model, index.model);
  assert.deepEqual([...copy.ids()], strings);
  assert.deepEqual(everythingIn(copy), everythingIn(index));
  for (const [i, id] of strings.entries()) {
    assert.equal(copy.get(id).text, id);
    assert.equal(Object.getOwnPropertyDescriptor(copy.get(id).metadata, '__proto__').value, i);
  }
  assert.ok(copy.remove(strings.at(-1)) && !copy.has(strings.at(-1)) && copy.has(strings.at(-2)));
});

test('an empty index has a file too', () => {
  const copy = SearchIndex.fromBytes(new SearchIndex({ dimension: 5 }).bytes);
  assert.deepEqual([copy.size, copy.dimension, copy.model], [0, 5, undefined]);
  assert.deepEqual(copy.search([1, 0, 0, 0, 0]), []);
});

test('the file of int8 vectors has at most 1.05 times their bytes', () => {
  const [count, dimension] = [20_000, 384];
  const index = filled({ count, dimension, plain: true, ids: (i) => `document-${i}` });
  assert.ok(index.bytes.length <= 1.05 * count * dimension, `${index.bytes.length / (count * dimension)}`);
});

test('bytes from anywhere in a buffer are read', () => {
  const { bytes } = filled();
  for (const shift of [1, 2, 3, 4]) {
    const shifted = new Uint8Array(bytes.length + shift);
    shifted.set(bytes, shift);
    assert.equal(SearchIndex.fromBytes(shifted.subarray(shift)).size, 30);
  }
  assert.equal(SearchIndex.fromBytes(Buffer.from(bytes)).size, 30);
  assert.equal(SearchIndex.fromBytes(bytes.buffer).size, 30);
  for (const wrong of [undefined, null, 'EDGEBIDX', [1], new Float32Array(4)])
    assert.throws(() => SearchIndex.fromBytes(wrong), TypeError);
});

test('a file cut anywhere is refused', () => {
  const { bytes } = filled();
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(failure(bytes.slice(0, length))?.code, 'format', `cut at ${length} of ${bytes.length}`);
  }
});

test('a file with any bit flipped, or with anything behind it, is refused', () => {
  const { bytes } = filled();
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0, 3, 7]) {
      const flipped = bytes.slice();
      flipped[at] ^= 1 << bit;
      assert.equal(failure(flipped)?.code, 'format', `bit ${bit} of byte ${at}`);
    }
  }
  for (const more of [1, 4, 28, 1000])
    assert.equal(failure(new Uint8Array([...bytes, ...new Uint8Array(more)]))?.code, 'format');
  assert.equal(failure(new Uint8Array([...bytes, ...bytes]))?.code, 'format');
});

test('another version, and what is no index at all, is named', () => {
  const { bytes } = filled();
  bytes[8] = 9;
  assert.match(failure(bytes).message, /version is 9.*reads 1 and 2/);
  assert.match(failure(new TextEncoder().encode('<!doctype html>')).message, /does not begin with EDGEBIDX/);
});

/** A file whose checksums are right, whatever else is wrong with it. */
function forged(change, plain = false) {
  const { bytes } = filled({ plain, count: 3 });
  const view = new DataView(bytes.buffer);
  const segment = 32 + Math.ceil(view.getUint32(28, true) / 4) * 4;
  change(bytes, view, segment);
  const headerEnd = Math.min(bytes.length, 32 + Math.ceil(view.getUint32(28, true) / 4) * 4);
  view.setUint32(12, xxHash32(bytes.subarray(16, headerEnd)), true);
  const end = Math.min(bytes.length, segment + (view.getUint32(segment, true) & ~3));
  if (end > segment + 8) view.setUint32(segment + 4, xxHash32(bytes.subarray(segment + 8, end)), true);
  return failure(bytes);
}

test('a file that was made to look right is refused all the same, by the field', () => {
  assert.equal(
    forged(() => {}),
    undefined,
  );
  const write = (bytes, at, text) => bytes.set(new TextEncoder().encode(text), at);
  const cases = [
    [/precision code 7/, (_, view) => view.setUint32(16, 7, true)],
    [/sizes .* do not add up/, (_, view) => view.setUint32(16, 1, true)],
    [/dimension is 0/, (_, view) => view.setUint32(20, 0, true)],
    [/dimension is 4294967295/, (_, view) => view.setUint32(20, 0xffff_ffff, true)],
    [/4 vectors, and 3/, (_, view) => view.setUint32(24, 4, true)],
    [/2 vectors, and 3/, (_, view) => view.setUint32(24, 2, true)],
    [/model's name/, (bytes) => write(bytes, 32, '[1,2,3,4]')],
    [/model's name/, (_, view) => view.setUint32(28, 8, true)],
    [/only .* are there/, (_, view, at) => view.setUint32(at, 0xffff_fffc, true)],
    [/do not add up/, (_, view, at) => view.setUint32(at, 0, true)],
    [/do not add up/, (_, view, at) => view.setUint32(at + 8, 0xffff_ffff, true)],
    [/do not add up/, (_, view, at) => view.setUint32(at + 12, 0xffff_ffff, true)],
    [/an id is not a string/, (bytes, _, at) => write(bytes, at + 28, '[111111,"id 1","id 2"]')],
    [/ids are not valid JSON/, (bytes, _, at) => write(bytes, at + 28, '[\x01')],
    [/ids are not valid JSON/, (bytes, _, at) => bytes.fill(0xff, at + 28, at + 40)],
    [/2 ids in a segment of 3/, (bytes, _, at) => write(bytes, at + 28, '["id 0","id 12345678"]')],
    [/3 vectors, and 2/, (bytes, _, at) => write(bytes, at + 28, '["id 1","id 1","id 2"]')],
    [/ids are not an array/, (bytes, _, at) => write(bytes, at + 28, '{"a":1111111111111111}')],
    [/vector of "id 0" is zero/, (bytes) => bytes.fill(0, bytes.length - 60, bytes.length - 40)],
  ];
  for (const [message, change] of cases) {
    const error = forged(change, true);
    assert.equal(error?.code, 'format', String(message));
    assert.match(error.message, message);
  }
});

test('an index of another model or dimension is refused by name', () => {
  const { bytes } = filled({ model: 'all-MiniLM-L6-v2' });
  const other = failure(bytes, { model: 'bge-small-en-v1.5' });
  assert.equal(other.code, 'state');
  assert.match(other.message, /all-MiniLM-L6-v2.*bge-small-en-v1\.5/);
  const wider = failure(bytes, { dimension: 21 });
  assert.equal(wider.code, 'state');
  assert.match(wider.message, /dimension 20, not 21/);
  assert.equal(SearchIndex.fromBytes(bytes, { model: 'all-MiniLM-L6-v2', dimension: 20 }).size, 30);
  assert.equal(SearchIndex.fromBytes(new SearchIndex({ dimension: 20 }).bytes, { model: 'any' }).size, 0);
});
