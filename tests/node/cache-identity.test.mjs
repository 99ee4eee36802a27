// What identifies a model in the cache: its content, and the place that it came from.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { edgebert, origin, usePackage } from './support/package.mjs';
import { filesOf, retrained } from './support/tiny.mjs';

const TEXT = 'the cat sat';
const tiny = filesOf('tiny-bert-f32');
/** The packed files of two models of one shape, and what they make of the text. */
let one, two;

usePackage({ server: true });

before(async () => {
  const packedOf = async (weights) => {
    const source = { fetch: async (url) => answer(String(url), weights) };
    return Buffer.from(await (await edgebert.pack('http://models.test/tiny', source)).arrayBuffer());
  };
  const answer = (url, weights) => {
    const name = url.replace('http://models.test/tiny/', '');
    const file = name === 'model.safetensors' ? weights : tiny.get(name);
    return file ? new Response(file) : new Response('', { status: 404 });
  };
  const vectorOf = async (weights) => {
    const model = await edgebert.WasmModel.from_pretrained({ weights });
    const vector = Array.from(model.encode([TEXT]));
    model.free();
    return vector;
  };
  const weights = tiny.get('model.safetensors');
  one = { packed: await packedOf(weights), weights };
  two = { packed: await packedOf(retrained(weights)), weights: retrained(weights) };
  for (const model of [one, two]) model.vector = await vectorOf(model.packed);
  assert.notDeepEqual(one.vector, two.vector);
});

async function load(source, options = {}) {
  const warnings = [];
  const onWarning = ({ code, message }) => warnings.push({ code, message });
  const model = await edgebert.WasmModel.from_pretrained(source, { onWarning, ...options });
  const vector = Array.from(model.encode([TEXT]));
  const { info } = model;
  model.free();
  return { vector, warnings, info };
}

/** Serves the tiny checkpoint in a folder, and the files beside it. */
function serveOriginal(prefix, { weights }, etag) {
  for (const [path, body] of tiny) origin.serve(`${prefix}/${path}`, body, { etag: '"side"' });
  origin.serve(`${prefix}/model.safetensors`, weights, { etag });
}

async function settled(condition) {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail('it never came');
}

test('a packed file that is replaced at its address: the next load but one takes the new one', async () => {
  const url = `${origin.url}/m/model.safetensors`;
  origin.serve('/m/model.safetensors', one.packed, { etag: '"1"' });
  assert.deepEqual((await load(url)).vector, one.vector);

  const again = await load(url);
  assert.deepEqual(again.vector, one.vector);
  assert.equal(origin.gets.length, 1);

  origin.serve('/m/model.safetensors', two.packed, { etag: '"2"' });
  const warnings = [];
  const stale = await load(url, { onWarning: ({ code, message }) => warnings.push(`${code} ${message}`) });
  assert.deepEqual(stale.vector, one.vector, 'the cached one is used meanwhile');
  await settled(() => warnings.length > 0);
  assert.match(warnings[0], /^state .*\/m\/model\.safetensors has changed/);

  assert.deepEqual((await load(url)).vector, two.vector);
  const left = await edgebert.cache.list();
  assert.equal(left.length, 1, 'the old version is gone');
  assert.deepEqual((await load(url)).vector, two.vector);
});

for (const validator of ['etag', 'last-modified']) {
  test(`an original in a folder is compared by ${validator}`, async () => {
    let model = one;
    let version = validator === 'etag' ? '"a"' : 'Sat, 01 Aug 2026 00:00:00 GMT';
    serveOriginal('/m', one, undefined);
    origin.serve('/m/model.safetensors', (request, response) => {
      response.setHeader(validator, version);
      response.end(request.method === 'HEAD' ? undefined : model.weights);
    });
    const first = await load(`${origin.url}/m/`);
    assert.deepEqual(first.vector, one.vector);
    [model, version] = [two, validator === 'etag' ? '"b"' : 'Sun, 02 Aug 2026 00:00:00 GMT'];
    const warnings = [];
    await load(`${origin.url}/m/`, { onWarning: (warning) => warnings.push(warning) });
    await settled(() => warnings.length > 0);
    assert.deepEqual((await load(`${origin.url}/m/`)).vector, two.vector);
  });
}

test('without the network, what is cached is used, also if it is known to be outdated', async () => {
  const url = `${origin.url}/m/model.safetensors`;
  origin.serve('/m/model.safetensors', one.packed, { etag: '"1"' });
  await load(url);
  origin.serve('/m/model.safetensors', two.packed, { etag: '"2"' });
  const warnings = [];
  await load(url, { onWarning: (warning) => warnings.push(warning) });
  await settled(() => warnings.length > 0);
  const failing = { fetch: async () => Promise.reject(new TypeError('fetch failed')) };
  const offline = await load(url, failing);
  assert.deepEqual(offline.vector, one.vector);
  assert.deepEqual(
    offline.warnings.map(({ code }) => code),
    ['network'],
  );
});

test('`reload` takes the new one at once, and caches it', async () => {
  const url = `${origin.url}/m/model.safetensors`;
  origin.serve('/m/model.safetensors', one.packed);
  await load(url);
  origin.serve('/m/model.safetensors', two.packed);
  assert.deepEqual((await load(url, { cache: 'reload' })).vector, two.vector);
  assert.deepEqual((await load(url)).vector, two.vector);
  assert.equal(origin.gets.length, 2);
  assert.equal((await edgebert.cache.list()).length, 1);
});

test('signed addresses of one file are one model, of which the header is asked for again', async () => {
  origin.serve('/m/model.safetensors', one.packed);
  for (let signature = 0; signature < 4; signature++) {
    const url = `${origin.url}/m/model.safetensors?X-Amz-Signature=${signature}#top`;
    assert.deepEqual((await load(url)).vector, one.vector);
  }
  const kept = await edgebert.cache.list();
  assert.equal(kept.length, 1);
  assert.equal(kept[0].name, `${origin.url}/m/model.safetensors`);
});

test('two models whose addresses differ by their query alone are two models', async () => {
  origin.serve('/m/model.safetensors', (request, response) => {
    response.end(request.url.includes('m=one') ? one.packed : two.packed);
  });
  const url = `${origin.url}/m/model.safetensors?m=`;
  for (const [name, model] of [
    ['one', one],
    ['two', two],
    ['one', one],
  ]) {
    assert.deepEqual((await load(url + name)).vector, model.vector, name);
  }
});

test('`cacheKey` stands for the address', async () => {
  origin.serve('/m/model.safetensors', one.packed);
  for (const query of ['a', 'b']) {
    await load(`${origin.url}/m/model.safetensors?${query}`, { cacheKey: 'mine' });
  }
  assert.equal(origin.gets.length, 1);
  assert.deepEqual(
    (await edgebert.cache.list()).map(({ name }) => name),
    ['mine'],
  );
});

test('an address longer than a file name may be is cached', async () => {
  const path = `/${'long/'.repeat(120)}model.safetensors`;
  origin.serve(path, one.packed);
  for (let visit = 0; visit < 2; visit++) assert.deepEqual((await load(origin.url + path)).warnings, []);
  assert.equal(origin.gets.length, 1);
});

test('a branch of the hub is compared, a commit is not', async () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  process.env.HF_ENDPOINT = origin.url;
  try {
    for (const revision of ['main', commit]) {
      serveOriginal(`/someone/tiny/resolve/${revision}`, one, '"1"');
      await load('someone/tiny', { revision });
      origin.log.length = 0;
      serveOriginal(`/someone/tiny/resolve/${revision}`, two, '"2"');
      const warnings = [];
      await load('someone/tiny', { revision, onWarning: (warning) => warnings.push(warning) });
      if (revision === 'main') await settled(() => warnings.length > 0);
      else await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(origin.log.length > 0, revision === 'main');
    }
    assert.deepEqual((await load('someone/tiny')).vector, two.vector);
    assert.deepEqual((await load('someone/tiny', { revision: commit })).vector, one.vector);
  } finally {
    delete process.env.HF_ENDPOINT;
  }
});

test('a model has one fingerprint, whichever way it came', async () => {
  serveOriginal('/m', one, '"1"');
  origin.serve('/p/model.safetensors', one.packed);
  const fingerprints = [
    (await load(`${origin.url}/m`)).info.fingerprint,
    (await load(`${origin.url}/m`)).info.fingerprint,
    (await load(`${origin.url}/m`, { cache: 'none' })).info.fingerprint,
    (await load(`${origin.url}/p/model.safetensors`)).info.fingerprint,
    (await load({ weights: one.packed })).info.fingerprint,
  ];
  assert.match(fingerprints[0], /^[0-9a-f]{64}$/);
  assert.deepEqual(new Set(fingerprints).size, 1);
  assert.notEqual((await load({ weights: two.packed })).info.fingerprint, fingerprints[0]);
  const [kept] = await edgebert.cache.list();
  assert.equal(kept.fingerprint, fingerprints[0]);
});

test('a float32 model has a fingerprint too, the same from the server and from the cache', async () => {
  serveOriginal('/m', one, '"1"');
  const options = { precision: 'f32' };
  const first = await load(`${origin.url}/m`, options);
  const second = await load(`${origin.url}/m`, options);
  assert.match(first.info.fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(second.info.fingerprint, first.info.fingerprint);
  assert.deepEqual(second.vector, first.vector);
});

test('a known model by its id is the one of the registry', async () => {
  const { E5SmallV2 } = edgebert.WasmModelType;
  const asked = [];
  const fetch = async (url) => {
    asked.push(String(url));
    const name = String(url).replace(/.*\/resolve\/[^/]+\//, '');
    return tiny.has(name) ? new Response(tiny.get(name)) : new Response('', { status: 404 });
  };
  for (const source of [
    'intfloat/e5-small-v2',
    'intfloat/e5-small-v2/',
    'e5-small-v2',
    'https://huggingface.co/intfloat/e5-small-v2',
  ]) {
    assert.equal((await load(source, { fetch })).info.name, 'e5-small-v2');
  }
  assert.ok(asked.every((url) => url.includes(`/resolve/${E5SmallV2.revision}/`)));
  assert.equal((await edgebert.cache.list()).length, 1);
  assert.equal(await edgebert.cache.has(E5SmallV2), true);
  await edgebert.cache.delete('e5-small-v2');
  assert.deepEqual(await edgebert.cache.list(), []);
});

test('a reload that fails leaves what was cached', async () => {
  const url = `${origin.url}/m/model.safetensors`;
  origin.serve('/m/model.safetensors', one.packed);
  await load(url);
  const damaged = Buffer.from(one.packed);
  damaged[damaged.length - 9] ^= 1;
  origin.serve('/m/model.safetensors', damaged);
  await assert.rejects(load(url, { cache: 'reload' }), { code: 'integrity' });
  assert.deepEqual(await load(url).then(({ vector, warnings }) => ({ vector, warnings })), {
    vector: one.vector,
    warnings: [],
  });
});

test('an outdated model whose successor can not be fetched is still used', async () => {
  const url = `${origin.url}/m/model.safetensors`;
  origin.serve('/m/model.safetensors', one.packed, { etag: '"1"' });
  await load(url);
  origin.serve('/m/model.safetensors', two.packed, { etag: '"2"' });
  const warnings = [];
  await load(url, { onWarning: (warning) => warnings.push(warning) });
  await settled(() => warnings.length > 0);
  origin.files.clear();
  const gone = await load(url);
  assert.deepEqual(gone.vector, one.vector);
  assert.match(gone.warnings[0].message, /An older version of the model is used.*404/);
});
