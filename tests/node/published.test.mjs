// A build that knows its models to be on npm, with the test's own server in place of the CDNs and the hub.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { wrapperWith } from '../../scripts/lib/pack-model.mjs';
import { Origin } from './support/origin.mjs';
import { dist, source } from './support/source.mjs';
import { filesOf, fixtures } from './support/tiny.mjs';

const PACKAGE = 'edgebert-tiny@1.2.3';
const REVISION = '0123456789'.repeat(4);
const PLACES = [`https://cdn.jsdelivr.net/npm/${PACKAGE}`, `https://unpkg.com/${PACKAGE}`];
const originalOf = (name) => `/someone/${name}/resolve/${REVISION}`;
const ORIGINAL = originalOf('tiny');
const wasmUrl = pathToFileURL(join(dist, 'edgebert_bg.wasm'));
const tiny = filesOf('tiny-bert-f32');

let folder;
/** The package with one more model in its registry: as published, and as it is before that. */
let published;
let unpublished;
let files;
let origin;
let warnings;
/** Every address that was asked for, in order. */
let asked;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgebert-published-'));
  process.env.EDGEBERT_CACHE = folder;
  const { packCompact, packInt8 } = await import(pathToFileURL(join(dist, 'pack.js')));
  const { pack } = await wrapperWith(join(dist, '../pkg'));
  const from = pathToFileURL(join(fixtures, 'tiny-bert-f32'));
  const int8 = await bytesOf(await pack(from));
  const compact = await bytesOf(await packCompact(from, { size: 0.023 }));
  const calibrated = await bytesOf(await packInt8(from));
  files = {
    'tiny/model-int8.safetensors': int8,
    'tiny/model-compact-1.safetensors': compact,
    'calibrated/model-int8.safetensors': calibrated,
  };
  const weights = tiny.get('model.safetensors');
  const entry = {
    license: 'MIT',
    pooling: 'mean',
    maxLength: 16,
    packed: pins(int8),
    compact: { ...pins(compact), file: 'model-compact-1.safetensors' },
    npmPackage: PACKAGE,
    checkpoint: { file: 'model.safetensors', bytes: weights.length, sha256: sha256(weights) },
    sideFiles: [...tiny.keys()].filter((name) => name.endsWith('.json') && name !== 'expected.json'),
  };
  const convertedSha256 = entry.packed.headerSha256;
  const models = [
    ['tiny', entry],
    ['calibrated', { ...entry, packed: pins(calibrated), convertedSha256 }],
  ];
  const text = models.map(
    ([name, fields]) => `${name}: embedding('someone/${name}', '${REVISION}', ${JSON.stringify(fields)}),`,
  );
  const edits = {
    'loading/registry.ts': (source) =>
      source.replace('const MODELS = {', `const MODELS = { ${text.join(' ')}`),
  };
  published = await source('index.ts', { define: { MODELS_PUBLISHED: 'true' }, edits });
  unpublished = await source('index.ts', { edits });
});

beforeEach(async () => {
  origin = await Origin.start();
  process.env.HF_ENDPOINT = origin.url;
  for (const [path, body] of tiny) {
    for (const name of ['tiny', 'calibrated']) origin.serve(`${originalOf(name)}/${path}`, body);
  }
  warnings = [];
  asked = [];
  await published.cache.clear();
});

afterEach(() => origin.close());

after(() => rmSync(folder, { recursive: true }));

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());
const pins = (file) => {
  return {
    bytes: file.length,
    headerSha256: sha256(file.subarray(0, 8 + Number(file.readBigUInt64LE()))),
  };
};

/** Puts the package on the CDNs of these numbers. */
function publish(places, change = (bytes) => bytes) {
  for (const place of places)
    for (const [path, bytes] of Object.entries(files)) origin.serve(`/cdn${place}/${path}`, change(bytes));
}

/** The CDNs are folders of the test's server; `down` has the numbers of those that can't be reached. */
const network =
  (down = []) =>
  (address, init) => {
    asked.push(String(address));
    const place = PLACES.findIndex((start) => String(address).startsWith(start));
    if (place < 0) return fetch(address, init);
    if (down.includes(place)) return Promise.reject(new TypeError('Failed to fetch'));
    return fetch(`${origin.url}/cdn${place}${String(address).slice(PLACES[place].length)}`, init);
  };

async function load(options = {}, { WasmModel } = published, name = 'tiny') {
  return WasmModel.from_type(name, {
    wasmUrl,
    fetch: network(),
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
}

const vector = (model) => [...model.encode(['the quick fox'])];
/** The model, from a file that the test has. */
const given = (name) => published.WasmModel.from_pretrained({ weights: files[name] }, { wasmUrl });

for (const [precision, name] of [
  ['int8', 'tiny/model-int8.safetensors'],
  ['compact', 'tiny/model-compact-1.safetensors'],
]) {
  test(`${precision}: one request to the first CDN, none at the next visit`, async () => {
    publish([0, 1]);
    const model = await load({ precision });
    assert.deepEqual(asked, [`${PLACES[0]}/${name}`]);
    const expected = await given(name);
    assert.deepEqual(vector(model), vector(expected));
    assert.equal(model.info.fingerprint, expected.info.fingerprint);
    assert.equal(model.info.precision, precision);
    await load({ precision });
    assert.equal(asked.length, 1);
    assert.deepEqual(warnings, []);
  });

  for (const [what, set] of [
    ['lacks the package', () => (publish([1]), network())],
    ["can't be reached", () => (publish([0, 1]), network([0]))],
    ['has another file', () => (publish([1]), publish([0], (bytes) => bytes.toReversed()), network())],
    ['has a damaged file', () => (publish([1]), publish([0], flipped), network())],
  ]) {
    test(`${precision}: where the first CDN ${what}, the second one is asked, without a word`, async () => {
      const model = await load({ precision, fetch: set() });
      assert.deepEqual(
        [...new Set(asked)],
        PLACES.map((place) => `${place}/${name}`),
      );
      assert.deepEqual(vector(model), vector(await given(name)));
      assert.equal(model.info.precision, precision);
      assert.deepEqual(warnings, []);
    });
  }

  test(`${precision}: without CDNs the original is loaded, with one warning`, async () => {
    const model = await load({ precision, fetch: network([0, 1]) });
    // A CDN that can't be reached is not asked again: each try is a red line in a console.
    assert.deepEqual(asked.slice(0, 3), [...PLACES.map((place) => `${place}/${name}`), asked[2]]);
    assert.ok(asked.slice(2).every((address) => address.startsWith(origin.url + ORIGINAL)));
    const expected = await given('tiny/model-int8.safetensors');
    assert.deepEqual(vector(model), vector(expected));
    assert.equal(model.info.fingerprint, expected.info.fingerprint);
    assert.equal(model.info.precision, 'int8');
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0].code, 'network');
    assert.match(
      warnings[0].message,
      /published file of tiny could not be loaded.*jsdelivr.*unpkg.*original/,
    );
    // The next visit asks the CDNs again for a compact file only.
    asked.length = 0;
    await load({ precision, fetch: network([0, 1]) });
    assert.equal(asked.length, precision === 'compact' ? 2 : 0);
  });
}

test('a calibrated file is another model than the original converted here', async () => {
  publish([0, 1]);
  const file = 'calibrated/model-int8.safetensors';
  const calibrated = (options) => load(options, published, 'calibrated');
  const model = await calibrated({});
  assert.deepEqual(asked, [`${PLACES[0]}/${file}`]);
  const expected = await given(file);
  assert.deepEqual(vector(model), vector(expected));
  const converted = await calibrated({ cache: 'reload', fetch: network([0, 1]) });
  const other = await given('tiny/model-int8.safetensors');
  assert.deepEqual(vector(converted), vector(other));
  assert.equal(converted.info.fingerprint, other.info.fingerprint);
  assert.notEqual(other.info.fingerprint, expected.info.fingerprint);
  assert.match(warnings[0].message, /published file of calibrated could not be loaded.*its vectors differ/);
  // What was converted is not taken for what is published, neither where nothing is published yet.
  asked.length = 0;
  assert.deepEqual(vector(await load({}, unpublished, 'calibrated')), vector(other));
  assert.deepEqual(asked, []);
  assert.deepEqual(vector(await calibrated({})), vector(expected));
  assert.deepEqual(asked, [`${PLACES[0]}/${file}`]);
});

test('a package that is damaged on both CDNs, in whatever place, never becomes a model', async () => {
  for (const at of [3, 0.1, 0.5, 0.9]) {
    publish([0, 1], (bytes) => flipped(bytes, at));
    const model = await load({ cache: 'none' });
    assert.deepEqual(vector(model), vector(await given('tiny/model-int8.safetensors')));
    assert.equal(warnings.length, 1);
    warnings = [];
  }
});

test('a caller who names a place gets the file from there, or an error', async () => {
  publish([0, 1]);
  const elsewhere = load({ baseUrl: `${origin.url}/nowhere` });
  await assert.rejects(elsewhere, { code: 'network', message: /nowhere\/tiny\/model-int8.safetensors/ });
  assert.ok(asked.every((address) => address.startsWith(`${origin.url}/nowhere`)));
});

test('an abort while a CDN is asked is no reason to ask another one', async () => {
  const controller = new AbortController();
  publish([0, 1]);
  const fetch = (...args) => (controller.abort(), network()(...args));
  await assert.rejects(load({ fetch, signal: controller.signal }), { name: 'AbortError' });
  assert.equal(asked.length, 1);
});

test('before the packages are published, no CDN is asked', async () => {
  publish([0, 1]);
  const model = await load({}, unpublished);
  assert.equal(model.info.precision, 'int8');
  assert.ok(asked.length > 0 && asked.every((address) => address.startsWith(origin.url + ORIGINAL)));
  await assert.rejects(load({ precision: 'compact' }, unpublished), { code: 'unsupported' });
  assert.deepEqual(warnings, []);
});

/** The bytes with one bit changed, at a place that is a part of the whole. */
function flipped(bytes, at = 0.5) {
  const damaged = Buffer.from(bytes);
  damaged[at < 1 ? Math.floor(at * bytes.length) : at] ^= 16;
  return damaged;
}
