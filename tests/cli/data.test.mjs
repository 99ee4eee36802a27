// edgebert embed as a data tool: other inputs, other outputs, shards, appending and resuming.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tableFromIPC } from 'apache-arrow';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { library, packedFile, readNpy, rows, rowsOf, run, start, workFolder } from './support.mjs';

const folder = workFolder();
const model = ['--model', packedFile];
const records = [
  { id: 7, text: 'hello', lang: 'en', tags: ['a', 'b'] },
  { id: 8, text: 'two\nlines', lang: null, tags: [] },
  { id: 9, text: '', lang: 'de', tags: null },
];
let vectors;

const jsonLines = (all) => all.map((record) => `${JSON.stringify(record)}\n`).join('');
const at = (name) => join(folder, name);

/** Runs `embed` and expects it to succeed. */
async function embed(...args) {
  const result = await run(folder, ['embed', ...model, ...args]);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

before(async () => {
  const here = await library();
  vectors = rows(here.encode(records.map(({ text }) => text)));
  here.free();
  writeFileSync(at('records.jsonl'), jsonLines(records));
  writeFileSync(at('a.txt'), 'hello\n');
  writeFileSync(at('b.txt.gz'), gzipSync('one\ntwo\n'));
});

test('JSON lines: the text field is embedded, id and fields are passed through', async () => {
  const { stdout } = await embed('-i', 'records.jsonl', '--id-field', 'id');
  const found = rowsOf(stdout);
  assert.deepEqual(
    found.map(({ vector, ...rest }) => rest),
    records,
  );
  assert.deepEqual(
    found.map(({ vector }) => Float32Array.from(vector)),
    vectors,
  );
  assert.deepEqual(Object.keys(found[0]), ['id', 'text', 'lang', 'tags', 'vector']);
});

test('another text field, another vector field, strings alone', async () => {
  writeFileSync(at('body.jsonl'), '{"body":"hello","text":"kept"}\n\n"hello"\n');
  const failed = await run(folder, ['embed', '-i', 'body.jsonl', '--text-field', 'title', ...model]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /line 1 of body\.jsonl has no field "title" \(its fields: body, text\)/);
  const { stdout } = await embed('-i', 'body.jsonl', '--text-field', 'body', '--vector-field', 'embedding');
  const [first, second] = rowsOf(stdout);
  assert.deepEqual(Object.keys(first), ['body', 'text', 'embedding']);
  assert.deepEqual(Float32Array.from(first.embedding), vectors[0]);
  assert.deepEqual(second.embedding, first.embedding);
});

for (const [what, line, reason] of [
  ['no JSON', '{"text":', /line 2 .* is not JSON/],
  ['a number alone', '5', /line 2 .* is not a JSON object/],
  ['a null text', '{"text":null}', /line 2 .*: the field "text" is null, not a string/],
  ['a text of another type', '{"text":["a"]}', /line 2 .*: the field "text" is an array, not a string/],
  ['no text', '{"txt":"a"}', /line 2 .* has no field "text" \(its fields: txt\)/],
]) {
  test(`a record with ${what}: refused by its line, skipped or replaced on request`, async () => {
    writeFileSync(at('bad.jsonl'), `{"text":"before"}\n${line}\n{"text":"after"}\n`);
    const failed = await run(folder, ['embed', '-i', 'bad.jsonl', ...model]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, reason);
    assert.deepEqual(
      rowsOf(failed.stdout).map(({ text }) => text),
      ['before'],
    );
    const { stdout } = await embed('-i', 'bad.jsonl', '--invalid', 'skip');
    assert.deepEqual(
      rowsOf(stdout).map(({ text }) => text),
      ['before', 'after'],
    );
    assert.equal(rowsOf((await embed('-i', 'bad.jsonl', '--invalid', 'replace')).stdout).length, 3);
  });
}

test('a vector of an earlier model gives way to the new one', async () => {
  writeFileSync(at('earlier.jsonl'), '{"text":"a","vector":[1,2],"n":3}\n');
  const { stdout } = await embed('-i', 'earlier.jsonl');
  assert.equal(stdout.match(/"vector"/g).length, 1);
  const [{ text, n, vector }] = rowsOf(stdout);
  assert.deepEqual([text, n, vector.length], ['a', 3, 384]);
});

test('CSV with quotes, line feeds and a byte order mark; tabs', async () => {
  writeFileSync(at('t.csv'), '\uFEFFid,text\r\n1,"say ""hi"", twice\nor more"\r\n2,hello\r\n');
  writeFileSync(at('t.tsv'), 'id\ttext\n3\thello, you\n');
  const { stdout } = await embed('-i', 't.csv', '-i', 't.tsv', '--id-field', 'id');
  assert.deepEqual(
    rowsOf(stdout).map(({ id, text }) => [id, text]),
    [
      ['1', 'say "hi", twice\nor more'],
      ['2', 'hello'],
      ['3', 'hello, you'],
    ],
  );
});

test('several inputs keep their order; a folder is read by name; gzip is unpacked', async () => {
  const several = await embed('-i', 'b.txt.gz', '-i', 'a.txt');
  assert.deepEqual(
    rowsOf(several.stdout).map(({ text }) => text),
    ['one', 'two', 'hello'],
  );
  mkdirSync(at('texts/deep'), { recursive: true });
  writeFileSync(at('texts/2.txt'), 'second\n');
  writeFileSync(at('texts/1.jsonl'), '{"text":"first"}\n');
  writeFileSync(at('texts/deep/0.csv'), 'text\nthird\n');
  writeFileSync(at('texts/picture.png'), 'not a text');
  assert.deepEqual(
    rowsOf((await embed('-i', 'texts')).stdout).map(({ text }) => text),
    ['first', 'second', 'third'],
  );
  writeFileSync(at('broken.txt.gz'), gzipSync('one\ntwo\n').subarray(0, 20));
  const failed = await run(folder, ['embed', '-i', 'broken.txt.gz', ...model]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /broken\.txt\.gz could not be read: /);
});

test('Parquet out and in again: a fixed-size list, fields, and what made the vectors', async () => {
  await embed('-i', 'records.jsonl', '--id-field', 'id', '-o', 'out.parquet');
  const file = await asyncBufferFromFile(at('out.parquet'));
  const metadata = await parquetMetadataAsync(file);
  const { value } = metadata.key_value_metadata.find(({ key }) => key === 'edgebert');
  const { version, ...made } = JSON.parse(value);
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(
    { ...made, fingerprint: undefined },
    { fingerprint: undefined, precision: 'int8', dimension: 384, normalized: true, 'max-length': 256 },
  );
  const found = await parquetReadObjects({ file, compressors });
  assert.deepEqual(
    found.map(({ vector }) => Float32Array.from(vector)),
    vectors,
  );
  assert.deepEqual(
    found.map(({ id, text, lang, tags }) => ({ id, text, lang, tags: tags && JSON.parse(tags) })),
    records,
  );

  const { stdout } = await embed('-i', 'out.parquet', '--id-field', 'id', '--vector-field', 'again');
  assert.deepEqual(
    rowsOf(stdout).map(({ again }) => Float32Array.from(again)),
    vectors,
  );
  const failed = await run(folder, ['embed', '-i', 'out.parquet', '--text-field', 'body', ...model]);
  assert.equal(failed.code, 1);
  assert.match(
    failed.stderr,
    /out\.parquet has no column "body" \(its columns: id, text, lang, tags, vector\)/,
  );
  writeFileSync(at('broken.parquet'), readFileSync(at('out.parquet')).subarray(0, 500));
  const broken = await run(folder, ['embed', '-i', 'broken.parquet', ...model]);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /^edgebert: broken\.parquet could not be read as Parquet: .*\n$/);
});

test('an empty input gives an empty Parquet and Arrow file', async () => {
  writeFileSync(at('empty.txt'), '');
  await embed('-i', 'empty.txt', '-o', 'empty.parquet');
  await embed('-i', 'empty.txt', '-o', 'empty.arrow');
  assert.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(at('empty.parquet')) }), []);
  assert.equal(tableFromIPC(readFileSync(at('empty.arrow'))).numRows, 0);
});

test('Arrow in a file and on a pipe', async () => {
  await embed('-i', 'records.jsonl', '--id-field', 'id', '-o', 'out.arrow');
  const { child, ended } = start(folder, ['embed', '-i', 'records.jsonl', '--format', 'arrow', ...model]);
  const chunks = [];
  child.stdout.setEncoding('latin1').on('data', (chunk) => chunks.push(Buffer.from(chunk, 'latin1')));
  assert.equal((await ended).code, 0);
  for (const bytes of [readFileSync(at('out.arrow')), Buffer.concat(chunks)]) {
    const table = tableFromIPC(bytes);
    assert.deepEqual(
      [...table].map(({ vector }) => Float32Array.from(vector.toArray())),
      vectors,
    );
    assert.deepEqual(
      [...table].map(({ id, text, lang }) => ({ id, text, lang })),
      records.map(({ id, text, lang }) => ({ id, text, lang })),
    );
    assert.equal(String(table.schema.fields.at(-1).type), 'FixedSizeList[384]<Float32>');
    assert.equal(JSON.parse(table.schema.metadata.get('edgebert')).precision, 'int8');
  }
});

test('fields that change their type fail by row, and JSON lines take them', async () => {
  const many = Array.from({ length: 1100 }, (_, i) => ({ text: 'a', n: i < 1090 ? i : 'x' }));
  writeFileSync(at('mixed.jsonl'), jsonLines(many));
  const failed = await run(folder, ['embed', '-i', 'mixed.jsonl', '-o', 'mixed.parquet', ...model]);
  assert.equal(failed.code, 1);
  assert.match(
    failed.stderr,
    /row 1091 of the output: the field "n" is not a number as in the first rows; .*JSON lines/,
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('mixed.parquet')),
    [],
  );
});

test('raw float32 and int8, in a file and on a pipe', async () => {
  await embed('-i', 'records.jsonl', '-o', 'out.f32');
  assert.deepEqual(rows(new Float32Array(readFileSync(at('out.f32')).buffer.slice(0))).length, 3);
  const bytes = readFileSync(at('out.f32'));
  assert.deepEqual(
    rows(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))),
    vectors,
  );
  await embed('-i', 'records.jsonl', '-o', 'out.i8');
  const int8 = new Int8Array(readFileSync(at('out.i8')));
  assert.equal(int8.length, 3 * 384);
  for (const [i, vector] of vectors.entries()) {
    const row = int8.subarray(i * 384, (i + 1) * 384);
    const largest = Math.max(...vector.map(Math.abs));
    assert.equal(Math.max(...row.map(Math.abs)), 127);
    row.forEach((value, k) => assert.ok(Math.abs((value * largest) / 127 - vector[k]) <= largest / 253));
  }
});

test('shards hold the rows in order; leftovers of a longer job go', async () => {
  const texts = Array.from({ length: 10 }, (_, i) => `text ${i}`);
  writeFileSync(at('ten.txt'), `${texts.join('\n')}\n`);
  await embed('-i', 'ten.txt', '-o', 'ten.npy');
  const all = readNpy(at('ten.npy'));
  const shards = () =>
    readdirSync(folder)
      .filter((name) => /^part-\d+\.npy$/.test(name))
      .sort();
  await embed('-i', 'ten.txt', '-o', 'part.npy', '--shard-rows', '2');
  assert.deepEqual(shards().length, 5);
  await embed('-i', 'ten.txt', '-o', 'part.npy', '--shards', '3');
  assert.deepEqual(shards(), ['part-00000.npy', 'part-00001.npy', 'part-00002.npy']);
  assert.deepEqual(
    shards().map((name) => readNpy(at(name)).length),
    [4, 4, 2],
  );
  assert.deepEqual(
    shards().flatMap((name) => readNpy(at(name))),
    all,
  );
  assert.ok(!existsSync(at('part.npy.job.json')));
});

test('--append adds rows, and refuses what does not fit', async () => {
  await embed('-i', 'a.txt', '-o', 'grow.npy');
  await embed('-i', 'records.jsonl', '-o', 'grow.npy', '--append');
  assert.deepEqual(readNpy(at('grow.npy')), [vectors[0], ...vectors]);
  await embed('-i', 'a.txt', '-o', 'grow.jsonl', '--append');
  await embed('-i', 'a.txt', '-o', 'grow.jsonl', '--append');
  assert.equal(rowsOf(readFileSync(at('grow.jsonl'), 'utf8')).length, 2);
  const failed = await run(folder, [
    'embed',
    '-i',
    'a.txt',
    '-o',
    'grow.npy',
    '--append',
    '--dimension',
    '8',
    ...model,
  ]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /grow\.npy holds vectors of 384 numbers, and the model's have 8/);
  assert.equal(readNpy(at('grow.npy')).length, 4);
  writeFileSync(at('other.npy'), 'something else');
  const other = await run(folder, ['embed', '-i', 'a.txt', '-o', 'other.npy', '--append', ...model]);
  assert.equal(other.code, 1);
  assert.equal(readFileSync(at('other.npy'), 'utf8'), 'something else');
});

for (const [format, args] of [
  ['npy', []],
  ['jsonl', []],
  ['f32', ['--shard-rows', '150']],
  ['parquet', ['--shard-rows', '150']],
]) {
  test(`killed and resumed, ${format} ${args.join(' ')} has the bytes of one run`, async () => {
    const texts = Array.from({ length: 700 }, (_, i) => `${i} ${'word '.repeat(i % 3)}`);
    writeFileSync(at('long.txt'), `${texts.join('\n')}\n`);
    const written = (name) =>
      Object.fromEntries(
        readdirSync(folder)
          .filter((file) => file.startsWith(`${name}.`) || file.startsWith(`${name}-`))
          .map((file) => [file.slice(name.length), readFileSync(at(file)).toString('base64')]),
      );
    await embed('-i', 'long.txt', '-o', `whole.${format}`, ...args);
    const command = ['embed', '-i', 'long.txt', '-o', `cut.${format}`, ...args, ...model];
    const { child } = start(folder, command);
    const until = Date.now() + 60_000;
    const ready = () =>
      args.length > 0
        ? readdirSync(folder).some((file) => file.startsWith('cut-00001.'))
        : (statSync(at(`cut.${format}.partial`), { throwIfNoEntry: false })?.size ?? 0) > 0;
    while (!ready() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.ok(existsSync(at(`cut.${format}.job.json`)));

    const other = await run(folder, [...command, '--resume', '--no-normalize']);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /had another normalized \(true, and now false\)/);

    const { code, stderr } = await run(folder, [...command, '--resume']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /before them/);
    assert.deepEqual(written('cut'), written('whole'));
    for (const file of readdirSync(folder)) if (/^(cut|whole)[.-]/.test(file)) rmSync(at(file));
  });
}

test('a missing package is named with the command that installs it', async () => {
  const { optionalPackage } = await import('../../dist/cli/optional.js');
  await assert.rejects(optionalPackage('no-such-package-here', 'Parquet input'), {
    message:
      'Parquet input needs the npm package no-such-package-here: run `npm install no-such-package-here`',
  });
});
