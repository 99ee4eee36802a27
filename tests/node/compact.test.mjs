// Compact files under Node, made of a small checkpoint: how they are packed, loaded, cached and copied.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';

const tiny = join(dist, '../tests/fixtures/tiny-bert-f32');
const TEXTS = ['the quick fox', 'a cat sat on the mat', 'dog', ''];
const CALIBRATION = ['the cat', 'the quick brown fox', 'a dog sat', 'mat on mat', 'quick quick cat'];
/** Of 60 KB in float32 and 22 KB in int8, most is not weights. */
const SIZE = 0.0225;

let edgebert;
let packCompact;
let plain;
let calibrated;
let server;
let baseUrl;
let folder;
const requests = [];
const cosine = (a, b) => {
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgebert-compact-'));
  process.env.XDG_CACHE_HOME = process.env.LOCALAPPDATA = process.env.HOME = folder;
  edgebert = await import(pathToFileURL(join(dist, 'index.js')));
  ({ packCompact } = await import(pathToFileURL(join(dist, 'pack.js'))));
  plain = await bytesOf(await packCompact(pathToFileURL(tiny), { size: SIZE }));
  calibrated = await bytesOf(await packCompact(pathToFileURL(tiny), { size: SIZE, texts: CALIBRATION }));
  server = createServer((request, response) => {
    if (request.method === 'GET') requests.push(request.url);
    if (!request.url.endsWith('/gte-small/model-compact.safetensors')) return response.writeHead(404).end();
    response.writeHead(200, { etag: '"1"', 'content-length': calibrated.length });
    response.end(request.method === 'HEAD' ? undefined : calibrated);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${server.address().port}`;
});

beforeEach(async () => {
  requests.length = 0;
  await edgebert.cache.clear();
});

after(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true });
});

function header(file) {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
}

const load = (weights) => edgebert.WasmModel.from_pretrained({ weights }, { cache: 'none' });

test('the file is as large as was asked, and the same each time', async () => {
  for (const [file, texts] of [
    [plain, []],
    [calibrated, CALIBRATION],
  ]) {
    assert.ok(file.length <= SIZE * 1e6 && file.length > SIZE * 0.95e6, `${file.length} bytes`);
    const again = await bytesOf(await packCompact(pathToFileURL(tiny), { size: SIZE, texts }));
    assert.deepEqual(again, file);
  }
  assert.notDeepEqual(plain, calibrated);
});

test('a size near that of int8 is found, where most steps are as narrow as they can be', async () => {
  for (const size of [0.0235, 0.024, 0.0245, 0.025, 0.026]) {
    for (const texts of [[], CALIBRATION]) {
      const { size: bytes } = await packCompact(pathToFileURL(tiny), { size, texts });
      assert.ok(bytes <= size * 1e6, `${bytes} bytes`);
    }
  }
});

test('every tensor is a row of bytes, float32 or bfloat16, as the usual tools read them', () => {
  assert.equal(header(plain).__metadata__.version, '2');
  const { __metadata__: metadata, ...tensors } = header(calibrated);
  assert.equal(metadata.version, '4');
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(tensors)) {
    assert.equal(offsets[0], end, name);
    end = offsets[1];
    const elements = shape.reduce((product, side) => product * side, 1);
    assert.equal(offsets[1] - offsets[0], elements * { F32: 4, BF16: 2, U8: 1 }[dtype], name);
  }
  assert.ok(tensors['embeddings.word_embeddings.weight.block.0']);
});

test('vectors are close to those of the original, and closer with texts to calibrate on', async () => {
  const original = await edgebert.WasmModel.from_pretrained(pathToFileURL(tiny), { precision: 'f32' });
  const cosines = [];
  for (const file of [plain, calibrated]) {
    const model = await load(file);
    assert.equal(model.info.precision, 'compact');
    const { dimension } = model;
    const [found, expected] = [model.encode(TEXTS), original.encode(TEXTS)];
    const each = TEXTS.map((_, i) =>
      cosine(
        [...found.subarray(i * dimension, (i + 1) * dimension)],
        [...expected.subarray(i * dimension, (i + 1) * dimension)],
      ),
    );
    assert.ok(Math.min(...each) > 0.99, String(each));
    cosines.push(each.reduce((sum, x) => sum + x, 0));
  }
  assert.ok(cosines[1] > cosines[0], String(cosines));
});

test('a model of the registry: downloaded once, cached as it is, and copied into workers', async () => {
  const { WasmModel, WorkerModel, WasmModelType, cache } = edgebert;
  const expected = (await load(calibrated)).encode(TEXTS);
  for (let visit = 0; visit < 2; visit++) {
    const events = [];
    const model = await WasmModel.from_type(WasmModelType.GteSmall, {
      baseUrl,
      precision: 'compact',
      onProgress: (event) => events.push(event),
    });
    assert.deepEqual(model.encode(TEXTS), expected);
    assert.equal(model.info.precision, 'compact');
    assert.equal(events.at(-1).total, calibrated.length);
    assert.deepEqual(
      events.map(({ fromCache }) => fromCache),
      events.map(() => visit === 1),
    );
    model.free();
  }
  const workers = await WorkerModel.from_type(WasmModelType.GteSmall, {
    baseUrl,
    precision: 'compact',
    workers: 2,
  });
  try {
    assert.equal(workers.info.precision, 'compact');
    const many = Array.from({ length: 300 }, (_, i) => TEXTS[i % TEXTS.length]);
    const found = await workers.encode(many);
    for (let i = 0; i < many.length; i += TEXTS.length) {
      const start = i * workers.dimension;
      assert.deepEqual(found.subarray(start, start + expected.length), expected);
    }
  } finally {
    workers.terminate();
  }
  assert.deepEqual(requests, ['/gte-small/model-compact.safetensors']);
  const [kept] = await cache.list();
  assert.deepEqual([kept.bytes, kept.precision], [calibrated.length, 'compact']);
});

test('the fingerprint is that of the int8 model which the file decodes into, and that is checked', async () => {
  const { fingerprint } = (await load(calibrated)).info;
  const decoded = JSON.parse(header(calibrated).__metadata__.decoded);
  assert.deepEqual(decoded, { version: '3', sha256: fingerprint });
  const claiming = (claim) => {
    const length = Number(new DataView(calibrated.buffer).getBigUint64(0, true));
    const fields = header(calibrated);
    fields.__metadata__.decoded = JSON.stringify(claim);
    // As long as before, so that the data stays where it is.
    const text = JSON.stringify(fields).padEnd(length);
    assert.equal(text.length, length);
    const file = calibrated.slice();
    file.set(new TextEncoder().encode(text), 8);
    return load(file);
  };
  const sha256 = fingerprint.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  await assert.rejects(claiming({ version: '3', sha256 }), {
    code: 'integrity',
    message: /decoded into other weights than were coded/,
  });
  await assert.rejects(claiming({ version: '3', sha256: sha256.slice(1) }), { code: 'format' });
  // Of a version that this engine does not write, nothing can be said.
  assert.equal((await claiming({ version: '0', sha256 })).info.fingerprint, sha256);
});

test('where nobody has published a compact file, the error says how to make one', async () => {
  const loading = edgebert.WasmModel.from_type(edgebert.WasmModelType.GteSmall, { precision: 'compact' });
  await assert.rejects(loading, { code: 'unsupported', message: /edgebert pack gte-small --size/ });
  const absent = edgebert.WasmModel.from_type(edgebert.WasmModelType.E5SmallV2, {
    precision: 'compact',
    baseUrl,
  });
  await assert.rejects(absent, {
    code: 'network',
    message: /answered 404 Not Found; `npx edgebert pack e5-small-v2 --size <MB>` makes such a file$/,
  });
  const { MiniLML6V2 } = edgebert.WasmModelType;
  const pinned = edgebert.WasmModel.from_type(MiniLML6V2, { precision: 'compact', baseUrl });
  await assert.rejects(pinned, {
    code: 'network',
    message: /answered 404 Not Found; the npm package edgebert-all-minilm-l6-v2@[\d.]+ has that file$/,
  });
  assert.deepEqual(requests, [
    '/e5-small-v2/model-compact.safetensors',
    '/all-MiniLM-L6-v2/model-compact-12.safetensors',
  ]);
});

test('every bit that is flipped is noticed', async () => {
  const engine = await load(calibrated);
  engine.free();
  let state = 7;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const start = 8 + Number(new DataView(calibrated.buffer).getBigUint64(0, true));
  for (let attempt = 0; attempt < 300; attempt++) {
    const damaged = calibrated.slice();
    damaged[start + random(damaged.length - start)] ^= 1 << random(8);
    await assert.rejects(load(damaged), { code: 'integrity' });
  }
});

test('sizes that are none, or too small', async () => {
  for (const size of [0, -1, Number.NaN]) {
    await assert.rejects(packCompact(pathToFileURL(tiny), { size }), RangeError);
  }
  for (const options of [{}, { size: '12' }, { size: 1, texts: 'a text' }, { size: 1, text: [] }]) {
    await assert.rejects(packCompact(pathToFileURL(tiny), options), TypeError);
  }
  await assert.rejects(packCompact(pathToFileURL(tiny), { size: 0.001 }), {
    code: 'unsupported',
    message: /does not fit into 0\.001 MB/,
  });
});

test('models that the packer runs no texts through are packed plainly, and a warning says so', async () => {
  for (const name of ['mpnet', 'modernbert', 'static', 'model2vec']) {
    const folder = pathToFileURL(join(dist, '../tests/fixtures/models', name));
    const warnings = [];
    const onWarning = ({ code, message }) => warnings.push(`${code}: ${message}`);
    const file = await bytesOf(await packCompact(folder, { size: 1, texts: CALIBRATION, onWarning }));
    assert.equal(warnings.length, 1, name);
    assert.match(warnings[0], /^unsupported: The model is packed without calibration: .* this is \w+$/);
    assert.deepEqual(await bytesOf(await packCompact(folder, { size: 1, onWarning })), file);
    assert.equal(warnings.length, 1, 'without texts there is nothing to warn of');
    assert.equal(header(file).__metadata__.version, '2');
    const model = await load(file);
    const original = await edgebert.WasmModel.from_pretrained(folder, { precision: 'f32' });
    const { dimension } = model;
    const [found, expected] = [model.encode(TEXTS), original.encode(TEXTS)];
    for (let at = 0; at < found.length; at += dimension) {
      const [one, other] = [found, expected].map((vectors) => [...vectors.subarray(at, at + dimension)]);
      // A text without tokens has a vector of zeros in a static model.
      if (one.some(Boolean)) assert.ok(cosine(one, other) > 0.99, `${name}: ${cosine(one, other)}`);
      else assert.deepEqual(one, other);
    }
  }
});

test('packing stops where it is aborted', async () => {
  const controller = new AbortController();
  const packing = packCompact(pathToFileURL(tiny), {
    size: SIZE,
    signal: controller.signal,
    onPacking: (done) => done > 0.7 && controller.abort(),
  });
  await assert.rejects(packing, { name: 'AbortError' });
});

test('a checkpoint in float16 is packed as well', async () => {
  const f16 = join(dist, '../tests/fixtures/tiny-bert-f16');
  const file = await bytesOf(await packCompact(pathToFileURL(f16), { size: SIZE }));
  const found = (await load(file)).encode(['cat']);
  const original = await edgebert.WasmModel.from_pretrained(pathToFileURL(f16), { precision: 'f32' });
  assert.ok(cosine([...found], [...original.encode(['cat'])]) > 0.99);
});
