// edgebert index and merge: files that SearchIndex opens.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { library, packedFile, rows, run, start, workFolder } from './support.mjs';

const folder = workFolder();
const model = ['--model', packedFile];
const at = (name) => join(folder, name);
const records = [
  { id: 'a', text: 'The physician told me to rest.', lang: 'en' },
  { id: 'b', text: 'Der Zug fährt um acht.', lang: 'de' },
  { id: 'c', text: 'Bananas are yellow.', lang: 'en' },
];
let SearchIndex;
let expected;

before(async () => {
  ({ SearchIndex } = await import('../../dist/index.js'));
  const here = await library();
  expected = rows(here.encode(records.map(({ text }) => text)));
  here.free();
  writeFileSync(at('docs.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
});

function contentOf(file) {
  const index = SearchIndex.fromBytes(readFileSync(at(file)));
  return [...index.ids()].map((id) => [id, index.get(id), index.vector(id)]);
}

async function succeed(...args) {
  const result = await run(folder, args);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

test('texts: ids, texts and fields are in the index, and a page finds them by meaning', async () => {
  await succeed('index', '-i', 'docs.jsonl', '--id-field', 'id', '-o', 'docs.index', ...model);
  const index = SearchIndex.fromBytes(readFileSync(at('docs.index')));
  assert.deepEqual([...index.ids()], ['a', 'b', 'c']);
  assert.deepEqual(index.get('a'), { metadata: { lang: 'en' }, text: records[0].text });
  const here = await library();
  assert.deepEqual([index.model, index.fingerprint], ['model-int8', here.info.fingerprint]);
  const other = { ...here.info, fingerprint: '0'.repeat(64) };
  const bytes = readFileSync(at('docs.index'));
  assert.throws(() => SearchIndex.fromBytes(bytes, { model: other }), { code: 'state' });
  assert.equal(index.search(here.encode(['doctor']))[0].id, 'a');
  here.free();
});

test('ready vectors, from JSON lines and Parquet, give the same index', async () => {
  for (const file of ['vectors.jsonl', 'vectors.parquet']) {
    await succeed('embed', '-i', 'docs.jsonl', '--id-field', 'id', '-o', file, ...model);
    await succeed(
      'index',
      '-i',
      file,
      '--id-field',
      'id',
      '--vector-field',
      'vector',
      '-o',
      'again.index',
      '-m',
      'model-int8',
    );
    assert.deepEqual(contentOf('again.index'), contentOf('docs.index'), file);
  }
  await succeed(
    'index',
    '-i',
    'vectors.jsonl',
    '--vector-field',
    'vector',
    '--index-precision',
    'f32',
    '-o',
    'f32.index',
  );
  const index = SearchIndex.fromBytes(readFileSync(at('f32.index')));
  assert.deepEqual([...index.ids()], ['0', '1', '2']);
  for (const [i, vector] of expected.entries()) {
    index.vector(String(i)).forEach((value, k) => assert.ok(Math.abs(value - vector[k]) < 1e-6));
  }
});

test('merged parts are the whole index, byte for byte', async () => {
  const lines = readFileSync(at('docs.jsonl'), 'utf8').split('\n');
  writeFileSync(at('1.jsonl'), `${lines[0]}\n`);
  writeFileSync(at('2.jsonl'), lines.slice(1).join('\n'));
  for (const part of ['1', '2']) {
    await succeed('index', '-i', `${part}.jsonl`, '--id-field', 'id', '-o', `${part}.index`, ...model);
  }
  await succeed('merge', '1.index', '2.index', '-o', 'all.index');
  assert.ok(readFileSync(at('all.index')).equals(readFileSync(at('docs.index'))));

  const twice = await run(folder, ['merge', 'docs.index', '1.index', '-o', 'twice.index']);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /1\.index: the id "a" is in an earlier index too; --replace/);
  assert.ok(!existsSync(at('twice.index')));
  writeFileSync(at('newer.jsonl'), '{"id":"a","text":"New."}\n');
  await succeed('index', '-i', 'newer.jsonl', '--id-field', 'id', '-o', 'newer.index', ...model);
  await succeed('merge', 'docs.index', 'newer.index', '--replace', '-o', 'twice.index');
  const replaced = contentOf('twice.index');
  assert.deepEqual(
    replaced.map(([id, { text }]) => [id, text]),
    [
      ['b', records[1].text],
      ['c', records[2].text],
      ['a', 'New.'],
    ],
  );
});

test('a merged index of several segments is that of one run', async () => {
  const count = 9000;
  const lines = Array.from({ length: count }, (_, i) => {
    const vector = Array.from({ length: 5 }, (_, k) => Math.round(100 * Math.sin(i * 5 + k)) / 100 + 2);
    return `${JSON.stringify({ id: `é${i}`, text: `text ${i}`, vector, [i % 7]: i, deep: { list: [i] } })}\n`;
  });
  const args = ['--id-field', 'id', '--vector-field', 'vector'];
  const make = async (name, some) => {
    writeFileSync(at(`${name}.jsonl`), some.join(''));
    await succeed('index', '-i', `${name}.jsonl`, ...args, '-o', `${name}.index`);
  };
  await make('many', lines);
  await make('many-1', lines.slice(0, 4100));
  await make('many-2', lines.slice(4100, 4200));
  await make('many-3', lines.slice(4200));
  await succeed('merge', 'many-1.index', 'many-2.index', 'many-3.index', '-o', 'joined.index');
  assert.ok(readFileSync(at('joined.index')).equals(readFileSync(at('many.index'))));
});

test('a file of several segments is the one that a SearchIndex gives, on the standard output too', async () => {
  const [count, dimension] = [9000, 3];
  const records = Array.from({ length: count }, (_, i) => {
    const vector = Array.from({ length: dimension }, (_, k) => Math.fround(Math.sin(7 * i + k) + 2));
    return { id: `é${i}`, text: i % 5 ? `text ${i}` : '', vector, ...(i % 3 && { n: i }) };
  });
  const index = new SearchIndex({ dimension });
  index.upsertMany(
    records.map(({ id }) => id),
    Float32Array.from(records.flatMap(({ vector }) => vector)),
    records.map(({ n }) => (n === undefined ? undefined : { n })),
    records.map(({ text }) => text),
  );
  const bytes = index.toBytes();
  writeFileSync(at('segments.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const args = ['index', '-i', 'segments.jsonl', '--id-field', 'id', '--vector-field', 'vector', '-o'];
  await succeed(...args, 'segments.index');
  assert.ok(readFileSync(at('segments.index')).equals(bytes));
  const { child, ended } = start(folder, [...args, '-'], { encoding: 'latin1' });
  child.stdin.end();
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  assert.ok(Buffer.from(stdout, 'latin1').equals(bytes));
});

test('a Parquet file is read page by page, each row once', async () => {
  const [count, dimension] = [4000, 384];
  const [{ openOutput }, { ParquetWriter }] = await Promise.all(
    ['target', 'parquet'].map((name) => import(`../../dist/cli/output/${name}.js`)),
  );
  const output = await openOutput(at('pages.parquet'));
  const schema = { dimension, textField: 'text', idField: 'id', vectorField: 'vector', metadata: new Map() };
  const writer = await ParquetWriter.open(output, schema);
  const index = new SearchIndex({ dimension });
  for (let i = 0; i < count; i++) {
    const vector = Float32Array.from({ length: dimension }, (_, k) => Math.sin(i * dimension + k));
    await writer.add({ id: `id ${i}`, text: `text ${i}` }, vector);
    index.upsert(`id ${i}`, vector, undefined, `text ${i}`);
  }
  await writer.finish();
  await output.finish();
  const args = ['--id-field', 'id', '--vector-field', 'vector', '-o', 'pages.index'];
  await succeed('index', '-i', 'pages.parquet', ...args);
  assert.ok(readFileSync(at('pages.index')).equals(index.toBytes()));
});

test('the name of the model of ready vectors is the one that a page asks for', async () => {
  writeFileSync(at('ready.jsonl'), '{"vector":[1,2]}\n');
  for (const [name, expected] of [
    ['MiniLML6V2', 'all-MiniLM-L6-v2'],
    ['another-model', 'another-model'],
  ]) {
    await succeed('index', '-i', 'ready.jsonl', '--vector-field', 'vector', '-m', name, '-o', 'ready.index');
    assert.equal(SearchIndex.fromBytes(readFileSync(at('ready.index'))).model, expected);
  }
});

test('what does not fit is refused in one sentence, and leaves no file', async () => {
  writeFileSync(at('same.jsonl'), '{"id":1,"text":"a"}\n{"id":1,"text":"b"}\n');
  writeFileSync(at('short.jsonl'), '{"vector":[1,2]}\n{"vector":[1,2,3]}\n');
  writeFileSync(at('words.jsonl'), '{"vector":["a"]}\n');
  writeFileSync(at('zero.jsonl'), '{"vector":[0,0]}\n');
  writeFileSync(at('none.jsonl'), '');
  writeFileSync(at('alone.jsonl'), '"a text alone"\n');
  writeFileSync(at('deep.jsonl'), '{"id":{"a":1},"text":"a"}\n');
  writeFileSync(at('broken.index'), readFileSync(at('docs.index')).subarray(0, 200));
  for (const [args, message] of [
    [['index', '-i', 'same.jsonl', '--id-field', 'id', ...model], /two records have the id "1"/],
    [
      ['index', '-i', 'short.jsonl', '--vector-field', 'vector'],
      /the vector of "1" has 3 numbers, and the first one has 2/,
    ],
    [
      ['index', '-i', 'alone.jsonl', '--vector-field', 'vector'],
      /line 1 of alone\.jsonl is not a JSON object/,
    ],
    [
      ['index', '-i', 'deep.jsonl', '--id-field', 'id', ...model],
      /the id of record 1 is an object \(\{"a":1\}\), not a string or a number/,
    ],
    [['index', '-i', 'words.jsonl', '--vector-field', 'vector'], /"vector" is not an array of numbers/],
    [['index', '-i', 'zero.jsonl', '--vector-field', 'vector'], /the vector of "0" is zero/],
    [['index', '-i', 'none.jsonl', '--vector-field', 'vector'], /there are no records/],
    [['merge', 'docs.index', 'f32.index'], /f32\.index has the (model|precision) .*, and the first index/],
    [['merge', 'docs.index', 'broken.index'], /broken\.index could not be read: /],
    [['merge', 'missing.index'], /missing\.index could not be read: no such file or directory/],
  ]) {
    const { code, stderr } = await run(folder, [...args, '-o', 'refused.index']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^edgebert: .*\n$/);
    assert.ok(!existsSync(at('refused.index')));
    assert.ok(!existsSync(at('refused.index.partial')));
  }
});
