// Documents and indexes prepared elsewhere: as bytes, from a server that behaves or does not, with ready
// vectors. In memory, as it is under Node; tests/browser/search/prepared.spec.ts has what is kept.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Origin } from '../support/origin.mjs';
import { dist } from '../support/source.mjs';
import { NOTES, WordModel } from './support.mjs';

const { EdgeBertError, SearchIndex, SemanticSearch } = await import(pathToFileURL(`${dist}/index.js`).href);

let origin;
before(async () => (origin = await Origin.start()));
after(() => origin.close());
afterEach(() => {
  origin.files.clear();
  origin.log.length = 0;
});

class NamedModel extends WordModel {
  constructor(fingerprint = 'f'.repeat(64)) {
    super();
    this.info = { ...this.info, fingerprint };
  }
}

async function prepared(documents = NOTES, model = new NamedModel()) {
  const search = await SemanticSearch.open('prepared', { model });
  await search.add(documents);
  return search;
}

const failure = (promise) =>
  promise.then(
    () => assert.fail('nothing was thrown'),
    (error) => error,
  );

test('documents come back from their bytes, and only the query is encoded', async () => {
  const made = await prepared();
  const model = new NamedModel();
  const search = await SemanticSearch.fromBytes(made.toBytes(), { model });
  assert.equal(search.persistent, false);
  assert.deepEqual(search.documents(), made.documents());
  assert.deepEqual(await search.search('doctor Monday'), await made.search('doctor Monday'));
  assert.deepEqual(model.encoded, ['doctor Monday']);
  assert.deepEqual(search.toBytes(), made.toBytes());
  assert.deepEqual(await search.add(NOTES), { added: 0, updated: 0, unchanged: 3 });
  assert.deepEqual(await search.add(['More.']), { added: 1, updated: 0, unchanged: 0 });
});

test('documents without any come back too', async () => {
  const bytes = (await prepared([])).toBytes();
  assert.equal((await SemanticSearch.fromBytes(bytes, { model: new NamedModel() })).size, 0);
});

test("an older file, which has the name of its model alone, is that model's", async () => {
  const bytes = (await prepared(NOTES, new WordModel())).toBytes();
  assert.equal(bytes[8], 1, 'version 1');
  const search = await SemanticSearch.fromBytes(bytes, { model: new NamedModel() });
  assert.equal(search.size, 3);
  assert.equal(search.toBytes()[8], 2, 'its fingerprint is known from now on');
  const other = new WordModel('other words');
  assert.equal((await failure(SemanticSearch.fromBytes(bytes, { model: other }))).code, 'state');
});

test('bytes of another model, of no documents, or damaged are refused', async () => {
  const bytes = (await prepared()).toBytes();
  const open = (file, model = new NamedModel()) => failure(SemanticSearch.fromBytes(file, { model }));
  const other = await open(bytes, new NamedModel('e'.repeat(64)));
  assert.equal(other.code, 'state');
  assert.match(other.message, /words \(fingerprint ffffffff\).* words \(fingerprint eeeeeeee\)/);

  const vectors = new SearchIndex({ dimension: 64, model: new NamedModel().info });
  vectors.upsert(
    '7',
    Array.from({ length: 64 }, (_, i) => i + 1),
  );
  const plain = await open(vectors.toBytes());
  assert.equal(plain.code, 'format');
  assert.match(plain.message, /does not hold documents: .*`SearchIndex` opens an index of vectors/);

  const exact = new SearchIndex({ dimension: 64, model: new NamedModel().info, precision: 'f32' });
  assert.match((await open(exact.toBytes())).message, /its vectors are f32/);

  for (const place of [0, 9, 40, bytes.length - 1]) {
    const damaged = bytes.slice();
    damaged[place] ^= 1;
    assert.equal((await open(damaged)).code, 'format', `byte ${place}`);
  }
  assert.equal((await open(bytes.subarray(0, bytes.length - 4))).code, 'format');
  await assert.rejects(SemanticSearch.fromBytes('bytes', { model: new NamedModel() }), TypeError);
  await assert.rejects(
    SemanticSearch.fromBytes(bytes, { model: new NamedModel(), persist: true }),
    /persist/,
  );
});

test('an index whose entries are not passages of documents is refused, whatever is wrong with them', async () => {
  const { info } = new NamedModel();
  for (const [key, metadata, text] of [
    ['0 a', { heading: 0, at: 1 }, 'text'],
    ['0 a', { heading: 9, at: 0 }, 'text'],
    ['0 a', { heading: '0', at: 0 }, 'text'],
    ['0 a', undefined, 'text'],
    ['0 a', { heading: 0, at: 0 }, undefined],
    ['1 a', { heading: 0, at: 0 }, 'text'],
    ['x a', { heading: 0, at: 0 }, 'text'],
    ['0 a', { heading: 0, at: 0, title: 1 }, 'text'],
    ['0 a', { heading: 0, at: 0, metadata: [] }, 'text'],
  ]) {
    const index = new SearchIndex({ dimension: 64, model: info });
    index.upsert(key, new Float32Array(64).fill(1), metadata, text);
    const error = await failure(SemanticSearch.fromBytes(index.toBytes(), { model: new NamedModel() }));
    assert.ok(error instanceof EdgeBertError, String(error));
    assert.equal(error.code, 'format', JSON.stringify([key, metadata, text]));
  }
});

test('`from`: prepared documents are downloaded with progress, and what is added joins them', async () => {
  const made = await prepared();
  origin.serve('/docs.index', made.toBytes(), { etag: '"1"' });
  const model = new NamedModel();
  const seen = [];
  const search = await SemanticSearch.open('notes', {
    model,
    from: `${origin.url}/docs.index`,
    onFetch: (progress) => seen.push(progress),
  });
  assert.deepEqual(search.documents(), made.documents());
  assert.deepEqual(model.encoded, []);
  assert.equal(seen.at(-1).fraction, 1);
  assert.equal(seen.at(-1).loaded, made.toBytes().length);
  seen.reduce((before, { fraction }) => (assert.ok(fraction >= before), fraction), 0);
  await search.add([{ id: 'own', text: 'Mine.' }]);
  assert.equal(search.size, 4);
  assert.deepEqual(await search.remove('health'), 1);
  assert.equal(search.size, 3);
});

test('an index from a server: read whatever the size of its parts, checked for what is asked for', async () => {
  const count = 9000;
  const index = new SearchIndex({ dimension: 24, model: { name: 'm', fingerprint: 'a1' } });
  const ids = Array.from({ length: count }, (_, i) => `id ${i}`);
  index.upsertMany(
    ids,
    Float32Array.from({ length: 24 * count }, (_, i) => Math.sin(i * i)),
    ids.map((_, i) => ({ i })),
    ids.map((id) => `text of ${id}`),
  );
  const bytes = index.toBytes();
  origin.serve('/vectors.index', bytes);
  const seen = [];
  const onProgress = (progress) => seen.push(progress);
  const fetched = await SearchIndex.fetch(`${origin.url}/vectors.index`, { onProgress, dimension: 24 });
  assert.deepEqual(fetched.toBytes(), bytes);
  assert.deepEqual(seen.at(-1), { loaded: bytes.length, fraction: 1 });
  seen.reduce((before, { fraction }) => (assert.ok(fraction >= before && fraction <= 1), fraction), 0);
  assert.ok(seen.length > 2 && seen.length < 210, `${seen.length} events`);

  const address = `${origin.url}/vectors.index`;
  const state = async (options) => (await failure(SearchIndex.fetch(address, options))).code;
  assert.equal(await state({ dimension: 25 }), 'state');
  assert.equal(await state({ model: { name: 'm', fingerprint: 'b2' } }), 'state');
  assert.equal(await state({ model: 'other' }), 'state');
  await assert.rejects(SearchIndex.fetch(7), /`url` must be a string or a URL/);
  await assert.rejects(SearchIndex.fetch(address, { cached: 'none' }), /did you mean `cache`/);
  const given = [];
  const own = (url, init) => (given.push(url), fetch(url, init));
  assert.equal((await SearchIndex.fetch(address, { fetch: own })).size, count);
  assert.deepEqual(given, [address]);
});

test('a connection that breaks is resumed where it broke', async () => {
  const bytes = (await prepared()).toBytes();
  let cuts = 0;
  origin.serve('/cut.index', (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
    });
    if (cuts++ > 1) return response.end(bytes.subarray(start));
    response.write(bytes.subarray(start, start + 100), () => response.destroy());
  });
  const index = await SearchIndex.fetch(`${origin.url}/cut.index`);
  assert.deepEqual(index.toBytes(), bytes);
  assert.deepEqual(
    origin.log.map(({ headers }) => headers.range),
    [undefined, 'bytes=100-', 'bytes=200-'],
  );
});

test('damage on the way is read once more, past the HTTP cache', async () => {
  const bytes = (await prepared()).toBytes();
  const damaged = Buffer.from(bytes);
  damaged[bytes.length - 1] ^= 1;
  origin.serve('/flaky.index', (_, response) => response.end(origin.log.length > 1 ? bytes : damaged));
  const modes = [];
  const index = await SearchIndex.fetch(`${origin.url}/flaky.index`, {
    fetch: (url, init) => (modes.push(init?.cache), fetch(url, init)),
  });
  assert.deepEqual(index.toBytes(), bytes);
  assert.deepEqual(modes, [undefined, 'reload']);
});

test('a server that misbehaves: each way is told by its code and the address', async () => {
  const bytes = Buffer.from((await prepared()).toBytes());
  const damaged = Buffer.from(bytes);
  damaged[bytes.length - 1] ^= 1;
  const newer = Buffer.from(bytes);
  newer[8] = 99;
  const huge = Buffer.from(bytes);
  huge.writeUInt32LE(0xffffffff, 28);
  const segment = bytes.indexOf('["') - 28;
  const long = Buffer.from(bytes);
  long.writeUInt32LE(0xfffffff0, segment);
  const none = Buffer.from(bytes);
  none.writeUInt32LE(4, segment);
  const page = '<!doctype html><title>Log in</title>';
  for (const [what, body, options, code, message] of [
    ['no file', undefined, {}, 'network', /answered 404/],
    ['no right', 'no', { status: 403 }, 'network', /answered 403/],
    ['a web page', page, { type: 'text/html' }, 'network', /web page/],
    ['a web page that says it is bytes', page, {}, 'network', /web page/],
    ['something else', Buffer.alloc(400, 'x'), {}, 'format', /does not begin with EDGEBIDX/],
    ['damaged bytes', damaged, {}, 'format', /checksum of a segment/],
    ['a newer version', newer, {}, 'format', /its version is 99, and this version of edgebert reads 1 and 2/],
    ['a name of 4 GB', huge, {}, 'format', /name has 4294967295 bytes/],
    ['a segment shorter than its header', none, {}, 'format', /a segment has 4 bytes/],
    ['more than the index', Buffer.concat([bytes, bytes]), {}, 'integrity', /is longer than/],
  ]) {
    origin.log.length = 0;
    if (body === undefined) origin.files.delete('/bad.index');
    else origin.serve('/bad.index', body, options);
    const url = `${origin.url}/bad.index`;
    const began = performance.now();
    for (const opened of [
      () => SearchIndex.fetch(url),
      () => SemanticSearch.open('bad', { model: new NamedModel(), from: url }),
    ]) {
      const error = await failure(opened());
      assert.ok(error instanceof EdgeBertError, `${what}: ${error.stack}`);
      assert.equal(error.code, code, `${what}: ${error.message}`);
      assert.match(error.message, message, what);
    }
    assert.ok(performance.now() - began < 20_000, what);
  }
  // What never comes is asked for again, and then told: a server that is down, and a file that is too short.
  for (const [what, body, options, message] of [
    ['a server that is down', 'down', { status: 500 }, /answered 500/],
    ['half of the file', bytes.subarray(0, bytes.length / 2), {}, /at least \d+ too early|no byte/],
    ['a claim of 4 GB', long, {}, /at least \d+ too early|no byte/],
  ]) {
    origin.serve('/bad.index', body, options);
    const error = await failure(SearchIndex.fetch(`${origin.url}/bad.index`));
    assert.equal(error.code, 'network', `${what}: ${error.message}`);
    assert.match(error.message, message, what);
  }
});

test('an abort ends the download with its reason, at once', async () => {
  const bytes = (await prepared()).toBytes();
  origin.serve('/slow.index', (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 50));
  });
  for (const opened of [
    (signal) => SearchIndex.fetch(`${origin.url}/slow.index`, { signal }),
    (signal) =>
      SemanticSearch.open('slow', { model: new NamedModel(), from: `${origin.url}/slow.index`, signal }),
  ]) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const error = failure(opened(controller.signal));
    setTimeout(() => controller.abort(reason), 50);
    assert.equal(await error, reason);
  }
});

test('ready vectors: of a document, or of its passages, and nothing is encoded', async () => {
  const maker = new NamedModel();
  const parts = ['The physician came. ', 'He had a red car.'];
  const vectors = await maker.encode(parts);
  const [first, second] = [vectors.subarray(0, 64), Array.from(vectors.subarray(64))];
  const model = new NamedModel();
  const search = await SemanticSearch.open('ready', { model });
  const documents = [
    { id: 'whole', text: 'A doctor.', title: 'Visit', vector: first, metadata: { year: 2026 } },
    {
      id: 'parts',
      text: parts.join(''),
      passages: [
        { start: 0, end: 19, text: parts[0], vector: first },
        { start: 20, vector: second },
      ],
    },
    { id: 'text', text: 'Bananas.' },
  ];
  const options = { model: maker.info };
  assert.deepEqual(await search.add(documents, options), { added: 3, updated: 0, unchanged: 0 });
  assert.deepEqual(model.encoded, ['Bananas.']);
  assert.deepEqual(search.get('parts'), {
    id: 'parts',
    text: parts.join(''),
    title: undefined,
    metadata: undefined,
  });
  const [car] = await search.search('automobile');
  assert.deepEqual([car.id, car.start, car.text], ['parts', 20, 'He had a red car.']);
  const byMeaning = { passagesPerDocument: 2, alpha: 1 };
  const found = (await search.search('physician', byMeaning)).map(({ id, start }) => [id, start]);
  assert.deepEqual(found.slice(0, 2), [
    ['whole', 0],
    ['parts', 0],
  ]);

  assert.deepEqual(await search.add(documents, options), { added: 0, updated: 0, unchanged: 3 });
  const turned = documents.map((document, i) => (i === 0 ? { ...document, vector: second } : document));
  assert.deepEqual(await search.add(turned, options), { added: 0, updated: 1, unchanged: 2 });
  const cut = {
    ...documents[1],
    passages: [
      { start: 0, vector: first },
      { start: 4, vector: second },
    ],
  };
  assert.deepEqual(await search.add([cut]), { added: 0, updated: 1, unchanged: 0 });
  assert.deepEqual(model.encoded, ['Bananas.', 'automobile', 'physician']);

  const copy = await SemanticSearch.fromBytes(search.toBytes(), { model: new NamedModel() });
  assert.deepEqual(copy.documents(), search.documents());
});

test('ready vectors that do not fit are refused, and nothing is added', async () => {
  const search = await SemanticSearch.open('refused', { model: new NamedModel() });
  const vector = new Float32Array(64).fill(1);
  const add = (document, options) => search.add([{ id: 'good', text: 'a', vector }, document], options);
  const document = { id: 'bad', text: 'some text' };
  for (const [given, kind, message] of [
    [
      { vector: vector.subarray(1) },
      RangeError,
      /documents\[1\]\.vector must have 64 numbers \(received 63\)/,
    ],
    [
      { vector: vector.map((_, i) => (i === 3 ? NaN : 1)) },
      RangeError,
      /Element 3 of documents\[1\]\.vector/,
    ],
    [{ vector: vector.map(() => 0) }, RangeError, /documents\[1\]\.vector must not be all zeros/],
    [{ vector: 'abc' }, TypeError, /documents\[1\]\.vector must be a Float32Array or an array/],
    [{ vector: [...vector].map(String) }, TypeError, /Element 0 of documents\[1\]\.vector must be a number/],
    [{ vector, passages: [] }, TypeError, /both `vector` and `passages`/],
    [{ passages: [] }, TypeError, /documents\[1\]\.passages must be a non-empty array/],
    [{ passages: [{ vector }] }, TypeError, /passages\[0\]\.start must be a number/],
    [{ passages: [{ start: 0 }] }, TypeError, /passages\[0\]\.vector must be a Float32Array/],
    [{ passages: [null] }, TypeError, /passages\[0\]\.start must be a number/],
    [{ passages: [{ start: 10, vector }] }, RangeError, /at most 9, the length of the text/],
    [
      {
        passages: [
          { start: 4, vector },
          { start: 4, vector },
        ],
      },
      RangeError,
      /passages\[1\]\.start must be an integer above 4/,
    ],
    [{ passages: [{ start: 0.5, vector }] }, RangeError, /passages\[0\]\.start/],
  ]) {
    const error = await failure(add({ ...document, ...given }));
    assert.ok(error instanceof kind, `${error}`);
    assert.match(error.message, message);
  }
  const other = await failure(add({ ...document, vector }, { model: { name: 'words', fingerprint: 'e1' } }));
  assert.equal(other.code, 'state');
  assert.match(other.message, /The ready vectors were made by words \(fingerprint e1\)/);
  assert.equal((await failure(add({ ...document, vector }, { model: 'another' }))).code, 'state');
  assert.equal(search.size, 0);
  await add({ ...document, vector }, { model: 'words' });
  assert.equal(search.size, 2);
});
