// What goes wrong on a command line, and what it leaves behind.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { cli, packedFile, rowsOf, run, start, workFolder } from './support.mjs';

const folder = workFolder();
const model = ['--model', packedFile];

before(() => {
  writeFileSync(join(folder, 'lines.txt'), 'one\ntwo\n');
  mkdirSync(join(folder, 'folder.npy'));
});

for (const [what, args, message] of [
  ['no command', ['enbed'], /there is no command 'enbed'/],
  ['an unknown option', ['embed', '--outputs', 'a.npy'], /Unknown option '--outputs'/],
  ['an option without its value', ['embed', '--input'], /--input/],
  ['a text where there is an option for it', ['embed', 'lines.txt'], /--input, not 'lines\.txt'/],
  ['an output of no known kind', ['embed', '-o', 'out.csv'], /--output must end in \.npy, \.jsonl/],
  ['an unknown format', ['embed', '--format', 'csv'], /--format must be npy, jsonl, .* \(received 'csv'\)/],
  ['npy through a pipe', ['embed', '--format', 'npy'], /--format npy needs a file/],
  ['no workers', ['embed', '--workers', '0'], /--workers must be a positive integer \(received '0'\)/],
  [
    'an unknown precision',
    ['embed', '--precision', 'int4'],
    /--precision must be int8, compact, f32 \(received 'int4'\)/,
  ],
  ['an unknown model', ['embed', '--model', 'MiniLM'], /by name there are .*all-MiniLM-L6-v2/],
  [
    'nothing to pack',
    ['pack', '-o', 'a.safetensors'],
    /pack takes exactly one model folder or hub id \(received 0\)/,
  ],
  ['a download without a folder', ['download', 'MiniLML6V2'], /--output must name the folder/],
  ['a download of no known model', ['download', 'BAAI/none', '-o', 'm'], /not a model of the registry/],
  [
    'no size',
    ['pack', 'folder.npy', '-o', 'a.safetensors', '--size', 'small'],
    /--size must be a positive number/,
  ],
  [
    'texts that are not there',
    ['pack', 'folder.npy', '-o', 'a.safetensors', '--calibration', 'nothing.txt'],
    /nothing\.txt could not be read: no such file/,
  ],
  ['nowhere to pack to', ['pack', 'folder.npy'], /--output/],
  ['an option given twice', ['embed', '-o', 'a.npy', '-o', 'b.npy'], /--output was given more than once/],
  [
    'a text that begins with a dash',
    ['similarity', '-1 degrees', 'cold'],
    /a text that begins with a dash goes after --/,
  ],
  [
    'an id where texts have none',
    ['embed', '--id-field', 'id', '-i', 'lines.txt'],
    /--input-format jsonl reads fields/,
  ],
  ['ids in a file of vectors', ['embed', '--id-field', 'id', '-o', 'a.npy'], /vectors alone/],
  [
    'JSON lines on a pipe that nobody calls so',
    ['embed', '--text-field', 'body'],
    /--text-field: the standard input is read as lines of text, .*--input-format jsonl reads fields/,
  ],
  ['a field for vectors in a file of them', ['embed', '--vector-field', 'v', '-o', 'a.f32'], /vectors alone/],
  ['raw int8 rows', ['embed', '--no-normalize', '-o', 'a.i8'], /int8 rows are scaled by their largest/],
  [
    'one field for two things',
    ['embed', '--text-field', 'vector', '--input-format', 'jsonl'],
    /--text-field and --vector-field name the same field, "vector"/,
  ],
  [
    'one field for the text and its id',
    ['index', '--id-field', 'text', '-o', 'a.index'],
    /--text-field and --id-field name the same field, "text"/,
  ],
  [
    'fields of plain lines in an index',
    ['index', '--text-field', 'body', '-i', 'lines.txt', '-o', 'a.index'],
    /--text-field: lines\.txt is read as lines/,
  ],
  [
    'titles of plain lines',
    ['index', '--documents', '--title-field', 'head', '-i', 'lines.txt', '-o', 'a.index'],
    /--title-field: lines\.txt is read as lines/,
  ],
  ...['base-url', 'precision', 'max-length', 'prompt', 'dimension', 'workers'].map((option) => [
    `--${option} where nothing is encoded`,
    ['index', '--vector-field', 'vector', `--${option}`, '1', '-o', 'a.index'],
    new RegExp(`--${option} is for texts that are encoded, and --vector-field brings their vectors`),
  ]),
  [
    'vectors that are to be repaired',
    ['index', '--vector-field', 'vector', '--invalid', 'replace', '-o', 'a.index'],
    /a vector cannot be repaired/,
  ],
  [
    'a model to download that nobody knows',
    ['download', 'MiniLM', '-o', 'm'],
    /^edgebert: there is no model 'MiniLM'/,
  ],
  [
    'a reranker that nobody knows',
    ['serve', '--reranker', 'ranker'],
    /by name there are .*ms-marco-MiniLM-L6-v2/,
  ],
  ['shards on a pipe', ['embed', '--shards', '2'], /--shards needs a file/],
  ['a resumed Parquet file', ['embed', '--resume', '-o', 'a.parquet'], /--shard-rows/],
  ['one text', ['similarity', 'alone'], /similarity takes two texts, .* \(received 1\)/],
]) {
  test(`${what}: exit code 2, one sentence and where to look`, async () => {
    const { code, stdout, stderr } = await run(folder, args, { input: 'one\n' });
    assert.deepEqual([code, stdout], [2, '']);
    const [said, help, rest] = stderr.split('\n');
    assert.match(said, /^edgebert: /);
    assert.match(said, message);
    assert.match(
      help,
      /^Run `edgebert (embed |similarity |pack |index |download |serve )?--help` for usage\.$/,
    );
    assert.equal(rest, '');
  });
}

for (const [what, args, message] of [
  [
    'a missing input',
    ['embed', '-i', 'missing.txt', ...model],
    /missing\.txt could not be read: no such file or directory/,
  ],
  [
    'a folder as input',
    ['embed', '-i', 'folder.npy', ...model],
    /folder\.npy holds no files that can be read/,
  ],
  ['an output in no folder', ['embed', '-o', 'nowhere/out.npy', ...model], /there is no folder nowhere/],
  ['an output that is a folder', ['embed', '-o', 'folder.npy', ...model], /folder\.npy is a folder/],
  ['a model that is none', ['embed', '--model', './folder.npy'], /config\.json/],
  ['a folder without a model to pack', ['pack', './folder.npy', '-o', 'packed.safetensors'], /config\.json/],
  ['an unknown prompt', ['embed', '--prompt', 'poem', ...model], /poem/],
  [
    'more numbers than there are',
    ['embed', '--dimension', '385', ...model],
    /`dimension` must be an integer from 1 to 384 \(received 385\)/,
  ],
  [
    'a model that gives no vectors',
    ['embed', '--model', 'ms-marco-MiniLM-L6-v2'],
    /WasmModelType|CrossEncoder/,
  ],
]) {
  test(`${what}: exit code 1, one sentence, no file`, async () => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await run(folder, args, { input: 'one\n' });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^edgebert: .*\n$/);
    assert.match(stderr, message);
    assert.deepEqual(readdirSync(folder), before);
  });
}

test(
  'an output that may not be written stays as it is',
  { skip: process.getuid?.() === 0 && 'root may write everything' },
  async () => {
    const file = join(folder, 'kept.jsonl');
    writeFileSync(file, 'kept');
    chmodSync(file, 0o444);
    const { code, stderr } = await run(folder, ['embed', '-o', 'kept.jsonl', ...model], { input: 'one\n' });
    assert.equal(code, 1);
    assert.match(stderr, /kept\.jsonl could not be written: permission denied/);
    assert.equal(readFileSync(file, 'utf8'), 'kept');
  },
);

test('a folder as the standard input is refused', async () => {
  const { code, stderr } = spawnSync(process.execPath, [cli, 'embed', ...model], {
    cwd: folder,
    stdio: [openSync(folder, 'r'), 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  assert.match(stderr, /^edgebert: the standard input could not be read: it is a folder\n$/);
  assert.equal(code ?? 1, 1);
});

test('a full disk', { skip: !existsSync('/dev/full') && 'no /dev/full here' }, async () => {
  const { code, stderr } = await run(folder, ['embed', '-o', '/dev/full', '--format', 'jsonl', ...model], {
    input: 'one\n',
  });
  assert.equal(code, 1);
  assert.match(stderr, /\/dev\/full could not be written: no space left on device/);
});

test(
  'a device is written to, not replaced',
  { skip: !existsSync('/dev/null') && 'no /dev/null here' },
  async () => {
    const { code } = await run(folder, ['embed', '-o', '/dev/null', '--format', 'jsonl', '-q', ...model], {
      input: 'one\n',
    });
    assert.equal(code, 0);
    assert.equal(readFileSync('/dev/null').length, 0);
  },
);

test('a reader that has had enough ends it quietly', async () => {
  const { child, ended } = start(folder, ['embed', '-q', ...model]);
  // More than any pipe holds, and the end never comes.
  const feed = setInterval(() => child.stdin.write('and again a line\n'.repeat(50)), 20);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const { code, signal, stderr } = await ended;
  clearInterval(feed);
  assert.deepEqual([code, signal, stderr], [0, null, '']);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  test(
    `${signal} in the middle leaves the earlier output, and rows that can be resumed`,
    { skip: process.platform === 'win32' },
    async () => {
      writeFileSync(join(folder, 'before.npy'), 'before');
      const { child, ended } = start(folder, ['embed', '-o', 'before.npy', ...model]);
      const partial = join(folder, 'before.npy.partial');
      // Three thousand rows of 1,536 bytes are more than the output buffers.
      child.stdin.write('a line and another\n'.repeat(3000));
      const until = Date.now() + 60_000;
      while ((statSync(partial, { throwIfNoEntry: false })?.size ?? 0) === 0 && Date.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 10));
      child.kill(signal);
      assert.equal((await ended).signal, signal);
      assert.ok(statSync(partial).size > 0);
      assert.ok(existsSync(join(folder, 'before.npy.job.json')));
      assert.equal(readFileSync(join(folder, 'before.npy'), 'utf8'), 'before');
      rmSync(partial);
      rmSync(join(folder, 'before.npy.job.json'));
    },
  );
}

test('help and version', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal((await run(folder, ['--version'])).stdout, `${version}\n`);
  for (const args of [
    ['--help'],
    ['embed', '--help'],
    ['similarity', '-h'],
    ['pack', '-h'],
    ['download', '-h'],
    ['serve', '-h'],
  ]) {
    const { code, stdout } = await run(folder, args);
    assert.equal(code, 0);
    assert.match(stdout, /^edgebert/);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 96, line);
  }
  const { code, stderr } = await run(folder, []);
  assert.equal(code, 2);
  assert.match(stderr, /^edgebert: text embeddings/);
});

test('similarity prints a cosine', async () => {
  const { code, stdout, stderr } = await run(folder, [
    'similarity',
    'How do I reset my password?',
    'I forgot my login details',
    ...model,
  ]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^0\.58\d\d\n$/);
  const same = await run(folder, ['similarity', 'the same', 'the same', ...model]);
  assert.equal(same.stdout, '1.0000\n');
});

test('a model is kept where EDGEBERT_CACHE says', async () => {
  const { createServer } = await import('node:http');
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.url);
    response.end(readFileSync(packedFile));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const args = [
      'embed',
      '--model',
      'all-MiniLM-L6-v2',
      '--base-url',
      `http://127.0.0.1:${server.address().port}`,
    ];
    for (const _ of ['downloaded', 'kept']) {
      const { code, stdout } = await run(folder, args, { input: 'one\n' });
      assert.equal(code, 0);
      assert.equal(rowsOf(stdout).length, 1);
    }
    assert.deepEqual(requests, ['/all-MiniLM-L6-v2/model-int8.safetensors']);
    assert.equal(readdirSync(join(folder, 'cache')).length, 1);
  } finally {
    server.close();
  }
});

test('an address of the hub without https:// is a model there', async () => {
  const args = ['embed', '--model', 'huggingface.co/someone/tiny/tree/v2'];
  const env = { HF_ENDPOINT: 'http://127.0.0.1:9' };
  const { code, stderr } = await run(folder, args, { input: 'one\n', env });
  assert.equal(code, 1);
  assert.match(stderr, /127\.0\.0\.1:9\/someone\/tiny\/resolve\/v2\//);
});
