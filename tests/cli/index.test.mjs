// edgebert index and merge: files that SearchIndex opens.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { library, packedFile, rows, run, workFolder } from './support.mjs';

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
    assert.ok(readFileSync(at('again.index')).equals(readFileSync(at('docs.index'))), file);
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
  await succeed('merge', 'docs.index', '1.index', '--replace', '-o', 'twice.index');
  assert.equal(SearchIndex.fromBytes(readFileSync(at('twice.index'))).size, 3);
});

test('what does not fit is refused in one sentence, and leaves no file', async () => {
  writeFileSync(at('same.jsonl'), '{"id":1,"text":"a"}\n{"id":1,"text":"b"}\n');
  writeFileSync(at('short.jsonl'), '{"vector":[1,2]}\n{"vector":[1,2,3]}\n');
  writeFileSync(at('words.jsonl'), '{"vector":["a"]}\n');
  writeFileSync(at('zero.jsonl'), '{"vector":[0,0]}\n');
  writeFileSync(at('none.jsonl'), '');
  writeFileSync(at('broken.index'), readFileSync(at('docs.index')).subarray(0, 200));
  for (const [args, message] of [
    [['index', '-i', 'same.jsonl', '--id-field', 'id', ...model], /two records have the id "1"/],
    [
      ['index', '-i', 'short.jsonl', '--vector-field', 'vector'],
      /the vector of "1" has 3 numbers, and the first one has 2/,
    ],
    [['index', '-i', 'words.jsonl', '--vector-field', 'vector'], /"vector" is not an array of numbers/],
    [['index', '-i', 'zero.jsonl', '--vector-field', 'vector'], /zero/],
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
