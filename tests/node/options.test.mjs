// What the models take and refuse, alike in all classes, and how they end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CrossEncoder,
  MiniLML6V2,
  SemanticSearch,
  WasmModel,
  WorkerCrossEncoder,
  WorkerModel,
  cache,
  cluster,
  duplicates,
  pack,
  default as init,
} from '../../dist/index.js';

const file = new URL('../../models/all-MiniLM-L6-v2/model-int8.safetensors', import.meta.url);
const options = { url: file, cache: 'none' };
const TEXTS = ['a first text', 'a second one'];
let here;
let threads;

before(async () => {
  here = await WasmModel.from_type(MiniLML6V2, options);
  threads = await WorkerModel.fromType('MiniLML6V2', { ...options, cache: 'auto', workers: 2 });
});
after(() => {
  here.dispose();
  threads.dispose();
});

test('encode takes an options object as its second argument', async () => {
  const raw = here.encode(TEXTS, false);
  assert.notDeepEqual(raw, here.encode(TEXTS));
  for (const model of [here, threads]) {
    assert.deepEqual(await model.encode(TEXTS, { normalize: false }), raw);
    assert.deepEqual(await model.encode(TEXTS, undefined, { normalize: false }), raw);
    const short = await model.encode(TEXTS, { normalize: false, dimension: 5 });
    assert.deepEqual(short.slice(0, 5), raw.slice(0, 5));
    assert.deepEqual(await model.encodeQuery(TEXTS[0]), await model.encodeQuery([TEXTS[0]]));
    const aborted = AbortSignal.abort(new RangeError('mine'));
    await assert.rejects(async () => model.encode(TEXTS, { signal: aborted }), /RangeError: mine/);
  }
});

test('wrong arguments are named, and unknown options suggest the right one', async () => {
  for (const [call, message] of [
    [
      (model) => model.encode(TEXTS, { normalise: false }),
      /^TypeError: encode has no option `normalise`; did you mean `normalize`\?/,
    ],
    [(model) => model.encode(TEXTS, true, { dimesion: 8 }), /^TypeError: .*did you mean `dimension`/],
    [(model) => model.encode(TEXTS, 'yes'), /^TypeError: `normalize`.*must be a boolean \(received "yes"\)/],
    [(model) => model.encode(TEXTS, true, { normalize: false }), /^TypeError: `normalize` was given twice/],
    [
      (model) => model.encode(TEXTS, { dimension: 385 }),
      /^RangeError: `dimension` must be an integer from 1 to 384/,
    ],
    [(model) => model.encode(TEXTS, { signal: {} }), /^TypeError: `signal` must be an AbortSignal/],
    [(model) => model.encode(TEXTS, { onProgress: 5 }), /^TypeError: `onProgress` must be a function/],
    [(model) => model.encode(Promise.resolve(TEXTS)), /^TypeError: .*a Promise: `await` it first/],
    [
      (model) => model.encodeQuery('a', { prompt: 'query' }),
      /^TypeError: encodeQuery has no option `prompt`/,
    ],
    [
      (model) => model.encodeStream(TEXTS, { onProgres: 5 }),
      /^TypeError: (.*is not a function|encodeStream has no option)/,
    ],
    [(model) => model.chunk('a', { maxTokens: 513 }), /^RangeError: `maxTokens`.*512 positions/],
    [(model) => model.chunk('a', { maxTokens: 2 }), /^RangeError: `maxTokens` must be an integer from 3 up/],
    [
      (model) => model.chunk('a', { maxTokens: 10, overlap: 8 }),
      /^RangeError: `overlap` must be less than 8 with 10 tokens a chunk \(received 8\)/,
    ],
    [
      (model) => model.chunk('a', { maxtokens: 20 }),
      /^TypeError: chunk has no option `maxtokens`; did you mean `maxTokens`/,
    ],
  ]) {
    for (const model of [here, threads]) {
      await assert.rejects(
        async () => call(model),
        (error) => message.test(String(error)) || assert.fail(String(error)),
      );
    }
  }
});

test('chunks of every kind of model fit it, also where texts have no special tokens', async () => {
  const text = 'the quick cat and the dog sat on a mat '.repeat(300);
  for (const name of ['static', 'static-in-folder', 'roberta', 'prompt', 'modernbert']) {
    const folder = new URL(`../fixtures/models/${name}`, import.meta.url);
    for (const Class of [WasmModel, WorkerModel]) {
      const model = await Class.from_pretrained(folder);
      const chunks = await model.chunk(text);
      assert.equal(chunks.map((chunk) => chunk.text).join(''), text);
      await model.encodeDocuments(chunks.map((chunk) => chunk.text));
      assert.equal(model.truncatedTexts, 0, name);
      await model.dispose();
    }
  }
});

test('chunks of models that cut texts by characters first are encoded whole', async () => {
  // Words of one token each, of more characters than the median token has.
  const text = 'hello world query '.repeat(400);
  for (const name of ['model2vec', 'model2vec-int8', 'model2vec-shared']) {
    const folder = new URL(`../fixtures/models/${name}`, import.meta.url);
    for (const maxLength of [512, 20]) {
      for (const Class of [WasmModel, WorkerModel]) {
        const model = await Class.from_pretrained(folder, { maxLength });
        const chunks = await model.chunk(text);
        assert.equal(chunks.map((chunk) => chunk.text).join(''), text);
        assert.ok(chunks.length > 1);
        await model.encode(chunks.map((chunk) => chunk.text));
        assert.equal(model.truncatedTexts, 0, name);
        await model.dispose();
      }
    }
  }
});

test('what a newcomer writes first is answered with what to write', async () => {
  const write =
    /^TypeError: (Models have no constructor: write `await WorkerModel|SemanticSearch has no constructor)/;
  for (const Class of [WorkerModel, CrossEncoder, WorkerCrossEncoder, SemanticSearch]) {
    for (const given of [[], ['name'], [{}]]) {
      assert.throws(
        () => new Class(...given),
        (error) => write.test(String(error)) || assert.fail(String(error)),
      );
    }
  }
  for (const Class of [WasmModel, WorkerModel]) {
    for (const given of [new Uint8Array(8), new Blob(['x']), { config: '{}', tokenizer: '{}' }]) {
      const message = /the model's files as \{ weights, config, tokenizer \}/;
      await assert.rejects(Class.from_pretrained(given), { name: 'TypeError', message });
    }
    const message = /values of WasmModelType are for from_type/;
    await assert.rejects(Class.from_pretrained(MiniLML6V2), { name: 'TypeError', message });
  }
});

test('options of loading are checked before anything is asked for', async () => {
  const fetch = () => assert.fail('something was fetched');
  for (const [wrong, message] of [
    [{ baseURL: '/models' }, /no option `baseURL`; did you mean `baseUrl`/],
    [{ onProgress: 5 }, /`onProgress` must be a function \(received 5\)/],
    [{ signal: {} }, /`signal` must be an AbortSignal/],
    [{ fetch: 'fetch' }, /`fetch` must be a function/],
    [{ cache: 'disk' }, /`cache` must be 'auto' or/],
    [{ precision: 'f16' }, /`precision` must be 'int8' or 'compact' or 'f32'/],
    [{ prompts: ['a'] }, /`prompts` must be an object/],
    [{ maxLength: '9' }, /`maxLength` must be a positive integer \(received "9"\)/],
    [{ revision: 'main' }, /from_type has no option `revision`/],
    [{ cacheKey: '' }, /`cacheKey` must be a non-empty string/],
  ]) {
    for (const model of [WasmModel, WorkerModel]) {
      await assert.rejects(model.from_type(MiniLML6V2, { fetch, ...wrong }), { name: 'TypeError', message });
    }
  }
  await assert.rejects(
    WasmModel.from_pretrained('a/b', { fetch, revision: '' }),
    /`revision` must be a non-empty/,
  );
  await assert.rejects(WorkerModel.from_type(MiniLML6V2, { workers: 1.5 }), { name: 'RangeError' });
  await assert.rejects(WasmModel.from_type(MiniLML6V2, { workers: 2 }), /from_type has no option `workers`/);
  await assert.rejects(init({ wasmURL: 'x' }), /init has no option `wasmURL`; did you mean `wasmUrl`/);
  await assert.rejects(pack('a/b', { precision: 'f32' }), /pack has no option `precision`/);
  assert.throws(() => duplicates([[1]], { treshold: 0.9 }), /did you mean `threshold`/);
  assert.throws(() => cluster([[1]], 1, { seeds: 1 }), /did you mean `seed`/);
});

test('fields that a model does not have among its files are refused', async () => {
  for (const Model of [WasmModel, WorkerModel]) {
    for (const [files, message] of [
      [{ tokeniser: '{}' }, /^ModelFiles has no field `tokeniser`; did you mean `tokenizer`\?$/],
      [{ pooling: '{}' }, /^ModelFiles has no field `pooling`; it has `weights`, `config`, .* `others`\.$/],
    ]) {
      const loading = Model.from_pretrained({ weights: new Uint8Array(8), ...files });
      await assert.rejects(loading, { name: 'TypeError', message });
    }
  }
});

test('the cache refuses what is neither a model nor a name', async () => {
  for (const call of ['has', 'delete']) {
    for (const wrong of [undefined, {}, 5]) {
      await assert.rejects(cache[call](wrong), {
        name: 'TypeError',
        message: new RegExp(`The argument of cache\\.${call} must be a value of WasmModelType or a name`),
      });
    }
  }
  for (const [options, message] of [
    [{ precison: 'f32' }, /cache\.has has no option `precison`; did you mean `precision`/],
    [{ precision: 'f16' }, /`precision` must be 'int8' or/],
  ]) {
    await assert.rejects(cache.has(MiniLML6V2, options), { name: 'TypeError', message });
  }
});

test('a model of the registry is known by its name, and as a copy', async () => {
  for (const type of ['MiniLML6V2', 'all-MiniLM-L6-v2', structuredClone(MiniLML6V2)]) {
    const model = await WasmModel.from_type(type, options);
    assert.equal(model.info.name, 'all-MiniLM-L6-v2');
    model.free();
  }
  await assert.rejects(WasmModel.from_type('MiniLM'), {
    name: 'TypeError',
    message: /from_pretrained loads other/,
  });
  await assert.rejects(WasmModel.from_type(undefined), { name: 'TypeError', message: /received undefined/ });
});

test('the fingerprint is that of the packed file, however the model was loaded', async () => {
  const other = await WasmModel.fromPretrained(file);
  const expected = MiniLML6V2.packed.headerSha256;
  assert.deepEqual(
    [here, threads, other].map(({ info }) => info.fingerprint),
    [expected, expected, expected],
  );
  other.free();
});

test('after the end, every call of every class says state', async () => {
  for (const model of [
    await WasmModel.from_type(MiniLML6V2, options),
    await WorkerModel.from_type(MiniLML6V2, options),
  ]) {
    model.dispose();
    model.dispose();
    for (const call of [
      () => model.encode(['a']),
      () => model.tokenize('a'),
      () => model.countTokens('a'),
      () => model.chunk('a'),
    ]) {
      await assert.rejects(async () => call(), { code: 'state' });
    }
  }
});

test('many calls and workers share a signal without a warning of Node', async () => {
  const warnings = [];
  const listen = (warning) => warnings.push(String(warning));
  process.on('warning', listen);
  const { signal } = new AbortController();
  const model = await WorkerModel.from_type(MiniLML6V2, { ...options, signal, workers: 2 });
  await Promise.all(Array.from({ length: 30 }, (_, i) => model.encode([`text ${i}`], { signal })));
  model.terminate();
  process.off('warning', listen);
  assert.deepEqual(warnings, []);
});

test('a worker that is asked for two copies of its model gives each of them whole', async () => {
  const copies = await Promise.all(
    [0, 1].map(() => WorkerModel.from_type(MiniLML6V2, { ...options, workers: 3 })),
  );
  for (const model of copies) {
    const texts = Array.from({ length: 400 }, (_, i) => `text number ${i} of a longer job`);
    const alone = here.encode(texts.slice(-3));
    const all = await model.encode(texts);
    assert.deepEqual(all.slice(-alone.length), alone);
    model.terminate();
  }
});
