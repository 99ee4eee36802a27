// A build that knows its models to be on npm, with the test's own server in place of the CDNs and the hub.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Origin } from './support/origin.mjs';
import { dist, source } from './support/source.mjs';
import { filesOf, widened } from './support/tiny.mjs';

const PACKAGE = 'edgebert-tiny@1.2.3';
const REVISION = '0123456789'.repeat(4);
const PLACES = [`https://cdn.jsdelivr.net/npm/${PACKAGE}`, `https://unpkg.com/${PACKAGE}`];
const ORIGINAL = `/someone/tiny/resolve/${REVISION}`;
const wasmUrl = pathToFileURL(join(dist, 'edgebert_bg.wasm'));
const tiny = widened(filesOf('tiny-bert-f32'));

let folder;
/** The package with one more model in its registry: as published, and as it is before that. */
let published;
let unpublished;
/** As it is before that, on a server that lacks the script for calibration. */
let withoutScript;
let files;
let origin;
let warnings;
/** Every address that was asked for, in order. */
let asked;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgebert-published-'));
  process.env.EDGEBERT_CACHE = folder;
  const { packCompact, packInt8 } = await import(pathToFileURL(join(dist, 'pack.js')));
  const from = pathToFileURL(join(folder, 'original'));
  for (const [path, bytes] of tiny) {
    const file = join(folder, 'original', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  const int8 = await bytesOf(await packInt8(from));
  const compact = await bytesOf(await packCompact(from, { size: 0.2 }));
  files = {
    'tiny/model-int8.safetensors': int8,
    'tiny/model-compact-1.safetensors': compact,
    'not-calibrated.safetensors': await bytesOf(await packInt8(from, { texts: [] })),
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
  const text = `tiny: embedding('someone/tiny', '${REVISION}', ${JSON.stringify(entry)}),`;
  const edits = {
    'loading/registry.ts': (source) => source.replace('const MODELS = {', `const MODELS = { ${text}`),
  };
  const define = { 'import.meta.url': JSON.stringify(pathToFileURL(join(dist, 'index.js')).href) };
  published = await source('index.ts', { define: { ...define, MODELS_PUBLISHED: 'true' }, edits });
  unpublished = await source('index.ts', { define, edits });
  const elsewhere = (source) => source.replace("'./calibrate.js'", "'./nowhere.js'");
  withoutScript = await source('index.ts', { define, edits: { ...edits, 'package-files.ts': elsewhere } });
});

beforeEach(async () => {
  origin = await Origin.start();
  process.env.HF_ENDPOINT = origin.url;
  for (const [path, body] of tiny) origin.serve(`${ORIGINAL}/${path}`, body);
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

async function load(options = {}, { WasmModel } = published) {
  return WasmModel.from_type('tiny', {
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

test('the original becomes the file that would be published, in workers too', async () => {
  const expected = await given('tiny/model-int8.safetensors');
  for (const Model of [unpublished.WasmModel, unpublished.WorkerModel]) {
    const phases = new Set();
    const onProgress = ({ phase, loaded, total }) => {
      phases.add(phase);
      if (phase === 'calibrate') assert.equal(loaded, total);
    };
    const model = await load({ cache: 'none', onProgress }, { WasmModel: Model });
    assert.deepEqual([...(await model.encode(['the quick fox']))], vector(expected));
    assert.equal(model.info.fingerprint, expected.info.fingerprint);
    assert.equal(model.maxLength, expected.maxLength);
    assert.deepEqual([...phases].slice(-2), ['calibrate', 'load']);
    await model.terminate?.();
    // What the caller wants of a model has no part in what it becomes.
    const short = await load({ cache: 'none', maxLength: 4 }, { WasmModel: Model });
    assert.deepEqual([short.info.fingerprint, short.maxLength], [expected.info.fingerprint, 4]);
    await short.terminate?.();
  }
  assert.deepEqual(warnings, []);
});

test('without the script for calibration the original works all the same, and is cached', async () => {
  const expected = await given('not-calibrated.safetensors');
  for (const Model of [withoutScript.WasmModel, withoutScript.WorkerModel]) {
    await published.cache.clear();
    const model = await load({}, { WasmModel: Model });
    assert.deepEqual([...(await model.encode(['the quick fox']))], vector(expected));
    assert.equal(model.info.fingerprint, expected.info.fingerprint);
    await model.terminate?.();
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0].code, 'network');
    assert.match(warnings[0].message, /not calibrated.*nowhere\.js could not be loaded/);
    asked.length = 0;
    const again = await load({}, withoutScript);
    assert.deepEqual([asked, warnings.length], [[], 1]);
    assert.equal(again.info.fingerprint, expected.info.fingerprint);
    warnings = [];
  }
});

test('a calibration ends when the load is cancelled, on this thread too', async () => {
  for (const Model of [unpublished.WasmModel, unpublished.WorkerModel]) {
    const controller = new AbortController();
    const onProgress = ({ phase }) => phase === 'calibrate' && setTimeout(() => controller.abort());
    const loading = load({ onProgress, signal: controller.signal }, { WasmModel: Model });
    await assert.rejects(loading, { name: 'AbortError' });
    assert.deepEqual([await published.cache.list(), warnings], [[], []]);
  }
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
