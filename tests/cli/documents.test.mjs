// edgebert index --documents: a file that SemanticSearch opens, made where the package is built.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { library, packedFile, run, workFolder } from './support.mjs';

const folder = workFolder();
const model = ['--model', packedFile];
const at = (name) => join(folder, name);
const LONG = 'Bananas are yellow and sweet. They grow on trees in warm countries. '.repeat(20);
const records = [
  { id: 7, text: 'The physician told me to rest and drink tea.', headline: 'Visit', year: 2026 },
  { id: 8, text: LONG, headline: null, year: 2025 },
  { id: 9, text: 'The upload failed with ERR_1042.', headline: 'Server' },
];
const fields = ['--id-field', 'id', '--title-field', 'headline'];
let SemanticSearch;
let here;

before(async () => {
  ({ SemanticSearch } = await import('../../dist/index.js'));
  here = await library();
  writeFileSync(at('docs.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
});
after(() => here.free());

async function index(...args) {
  const result = await run(folder, ['index', '--documents', ...args]);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

test('the file is that of the library, and is searched without encoding a document', async () => {
  const { stderr } = await index('-i', 'docs.jsonl', ...fields, '-o', 'docs.index', ...model);
  assert.match(stderr, /^3 documents, /m);
  const bytes = readFileSync(at('docs.index'));
  const made = await SemanticSearch.open('made', { model: here });
  await made.add([
    { id: '7', text: records[0].text, title: 'Visit', metadata: { year: 2026 } },
    { id: '8', text: LONG, metadata: { year: 2025 } },
    { id: '9', text: records[2].text, title: 'Server' },
  ]);
  const search = await SemanticSearch.fromBytes(bytes, { model: here });
  assert.deepEqual(search.documents(), made.documents());
  for (const query of ['doctor', 'fruit from the tropics', 'ERR_1042']) {
    assert.deepEqual(await search.search(query, { topK: 3 }), await made.search(query, { topK: 3 }));
  }
  const [best] = await search.search('doctor', { filter: { year: 2026 } });
  assert.deepEqual([best.id, best.title], ['7', 'Visit']);
  assert.deepEqual(await search.add(made.documents()), { added: 0, updated: 0, unchanged: 3 });
});

test('documents of one part each are those of one run, joined', async () => {
  const lines = readFileSync(at('docs.jsonl'), 'utf8').split('\n');
  writeFileSync(at('1.jsonl'), lines[0]);
  writeFileSync(at('2.jsonl'), lines.slice(1).join('\n'));
  for (const part of ['1', '2']) {
    await index('-i', `${part}.jsonl`, ...fields, '-o', `${part}.index`, ...model, '--workers', '1');
  }
  const { code, stderr } = await run(folder, ['merge', '1.index', '2.index', '-o', 'all.index']);
  assert.equal(code, 0, stderr);
  assert.ok(readFileSync(at('all.index')).equals(readFileSync(at('docs.index'))));
});

test('ready vectors, a vector of each document', async () => {
  const vectors = here.encodeDocuments(records.map(({ text }) => text));
  const lines = records.map(({ id, text }, i) =>
    JSON.stringify({ id, text, vector: Array.from(vectors.subarray(384 * i, 384 * (i + 1))) }),
  );
  writeFileSync(at('ready.jsonl'), lines.join('\n'));
  const ready = ['--id-field', 'id', '--vector-field', 'vector'];
  await index('-i', 'ready.jsonl', ...ready, '-o', 'ready.index', ...model);
  const search = await SemanticSearch.fromBytes(readFileSync(at('ready.index')), { model: here });
  const [best] = await search.search('fruit');
  assert.deepEqual([best.id, best.start, best.end], ['8', 0, LONG.trimEnd().length]);
});

test('what does not fit is refused in one sentence, and leaves no file', async () => {
  writeFileSync(at('same.jsonl'), '{"id":1,"text":"a"}\n{"id":1,"text":"b"}\n');
  writeFileSync(at('title.jsonl'), '{"id":1,"text":"a","headline":5}\n');
  writeFileSync(at('short.jsonl'), '{"id":1,"text":"a","vector":[1,2]}\n');
  for (const [args, exit, message] of [
    [['-i', 'same.jsonl', '--id-field', 'id', ...model], 1, /two records have the id "1"/],
    [['-i', 'title.jsonl', ...fields, ...model], 1, /the field "headline" of "1" is a number, not a string/],
    [['-i', 'short.jsonl', '--vector-field', 'vector', ...model], 1, /must have 384 numbers \(received 2\)/],
    [['-i', 'docs.jsonl', '--no-text'], 2, /--documents and --no-text exclude each other/],
    [['-i', 'docs.jsonl', '--dimension', '8'], 2, /--documents and --dimension exclude each other/],
  ]) {
    const { code, stderr } = await run(folder, ['index', '--documents', ...args, '-o', 'refused.index']);
    assert.equal(code, exit, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^edgebert: [^\n]*\n/);
    assert.ok(!existsSync(at('refused.index')));
    assert.ok(!existsSync(at('refused.index.partial')));
  }
  const { code, stderr } = await run(folder, ['index', '-i', 'docs.jsonl', '--title-field', 'a', '-o', 'r']);
  assert.equal(code, 2);
  assert.match(stderr, /--title-field needs --documents/);
});
