// The files beside a model's weights: what is absent, what is refused, and what is assumed.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { edgebert, origin, usePackage } from './support/package.mjs';
import { filesOf } from './support/tiny.mjs';

/** A model that pools [CLS]. */
const model = filesOf('models/cls-gelu');
const OPTIONAL = [
  'modules.json',
  '1_Pooling/config.json',
  'sentence_bert_config.json',
  'tokenizer_config.json',
  'config_sentence_transformers.json',
];

usePackage({ server: true });

beforeEach(() => {
  for (const [path, body] of model) origin.serve(`/m/${path}`, body);
});

async function load(options = {}) {
  const warnings = [];
  const onWarning = ({ message }) => warnings.push(message);
  const loaded = await edgebert.WasmModel.from_pretrained(`${origin.url}/m`, { onWarning, ...options });
  const { info } = loaded;
  loaded.free();
  return { info, warnings };
}

for (const status of [401, 403]) {
  for (const path of OPTIONAL) {
    test(`${path} refused with ${status} is an error, and the next load is right`, async () => {
      origin.serve(`/m/${path}`, '', { status });
      await assert.rejects(load(), { code: 'network', message: new RegExp(`${path} answered ${status}`) });
      assert.deepEqual(await edgebert.cache.list(), []);
      origin.serve(`/m/${path}`, model.get(path));
      const { info, warnings } = await load();
      assert.equal(info.pooling, 'cls');
      assert.deepEqual(warnings, []);
    });
  }
}

test('a web page instead of modules.json is an error', async () => {
  const page = '<!doctype html><title>Sign in</title>';
  for (const type of ['text/html', 'application/json']) {
    origin.serve('/m/modules.json', page, { type });
    await assert.rejects(load(), { code: 'network', message: /modules\.json answered 200 with a web page/ });
  }
});

test('JSON that is none is an error', async () => {
  for (const path of [...OPTIONAL, 'added_tokens.json']) {
    origin.serve(`/m/${path}`, '{"a":');
    if (path === 'added_tokens.json') {
      origin.files.delete('/m/tokenizer.json');
      origin.serve('/m/vocab.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\n');
    }
    await assert.rejects(load(), { code: 'format', message: new RegExp(path.replace('.', '\\.')) });
    origin.serve(`/m/${path}`, model.get(path));
  }
});

test('an object store that refuses what it does not have: a warning, and nothing is cached', async () => {
  origin.files.delete('/m/sentence_bert_config.json');
  const known = new Map(origin.files);
  origin.files.get = (path) =>
    known.get(path) ?? { body: '<?xml version="1.0"?><Error/>', status: 403, type: 'application/xml' };
  for (let visit = 0; visit < 2; visit++) {
    const { info, warnings } = await load();
    assert.equal(info.pooling, 'cls');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /answered 403.*files that don't exist.*not cached/);
    assert.deepEqual(await edgebert.cache.list(), []);
  }
});

test('a server that sends a page for every address: a warning, and nothing is cached', async () => {
  origin.files.delete('/m/config_sentence_transformers.json');
  const known = new Map(origin.files);
  origin.files.get = (path) => known.get(path) ?? { body: '<!doctype html>', status: 200, type: 'text/html' };
  const { warnings } = await load();
  assert.match(warnings[0], /a web page.*not cached/);
  assert.deepEqual(await edgebert.cache.list(), []);
});

test('pooling and length that no file says are assumed, and the program is told each time', async () => {
  for (const path of OPTIONAL) origin.files.delete(`/m/${path}`);
  for (let visit = 0; visit < 2; visit++) {
    const { info, warnings } = await load();
    assert.equal(info.pooling, 'mean');
    assert.equal(warnings.length, 2);
    assert.match(warnings[0], /pooling is assumed to be 'mean'/);
    assert.match(warnings[1], /longest text is assumed to have 256 tokens/);
  }
});

test('pooling without modules.json is read all the same', async () => {
  origin.files.delete('/m/modules.json');
  const { info, warnings } = await load();
  assert.equal(info.pooling, 'cls');
  assert.deepEqual(warnings, []);
});

test('a module that is not supported is named before anything else matters', async () => {
  const modules = [{ idx: 0, name: '0', path: '0_Other', type: 'sentence_transformers.models.LSTM' }];
  origin.files.clear();
  origin.serve('/m/modules.json', JSON.stringify(modules));
  await assert.rejects(load(), { code: 'unsupported', message: /modules\.json.*LSTM/ });
  assert.ok(
    origin.log.every(({ path }) => !path.includes('safetensors') || path.endsWith('model-int8.safetensors')),
  );
});

test('an answer whose clean-up never ends is not waited for', async () => {
  const fetch = async (url, options) => {
    const response = await globalThis.fetch(url, options);
    const body = new ReadableStream({ cancel: () => new Promise(() => {}) });
    return response.ok ? response : new Response(body, { status: response.status });
  };
  origin.files.delete('/m/sentence_bert_config.json');
  const { info } = await load({ fetch });
  assert.equal(info.pooling, 'cls');
});

for (const [what, body] of [
  ['Entry not found', '{"error":"Entry not found"}'],
  ['a status', '{ "statusCode": 404, "message": "Not Found" }'],
  ['details', '{"timestamp":"2026-01-01","status":404,"error":"Not Found","path":"/m"}'],
]) {
  for (const path of OPTIONAL) {
    test(`an error in JSON with status 200, ${what}, is not ${path}`, async () => {
      origin.serve(`/m/${path}`, body);
      const message = new RegExp(`/m/${path} answered 200 with an error, not with the file \\("\\{`);
      await assert.rejects(load(), { code: 'network', message });
      assert.deepEqual(await edgebert.cache.list(), []);
    });
  }
}

for (const [body, message] of [
  ['Not found', /\/m\/tokenizer\.json is not JSON: it begins with "Not found"/],
  ['', /\/m\/tokenizer\.json is not JSON: it is empty/],
  ['version https://git-lfs.github.com/spec/v1\noid', /a Git LFS pointer: run `git lfs pull`/],
]) {
  test(`what is no JSON is shown with its address: ${JSON.stringify(body)}`, async () => {
    origin.serve('/m/tokenizer.json', body, { type: 'text/plain' });
    await assert.rejects(load(), { code: 'format', message });
  });
}
