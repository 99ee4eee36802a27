// edgebert embed: what goes in, and what comes out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { library, packedFile, readNpy, rows, rowsOf, run, tiny, workFolder } from './support.mjs';

const folder = workFolder();
const texts = ['Hello world', '', 'naïve café, 日本語 😀', '  spaces around  ', 'the last one'];
const model = ['--model', packedFile];
let expected;
let raw;

before(async () => {
  const here = await library();
  expected = rows(here.encode(texts));
  raw = rows(here.encode(texts, false));
  here.free();
  writeFileSync(join(folder, 'lines.txt'), `${texts.join('\n')}\n`);
});

test('a file to .npy: the library’s vectors, bit for bit, and nothing else in the folder', async () => {
  const { code, stdout, stderr } = await run(folder, ['embed', '-i', 'lines.txt', '-o', 'out.npy', ...model]);
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /^5 texts, 384 dimensions/);
  assert.deepEqual(readNpy(join(folder, 'out.npy')), expected);
  assert.deepEqual(readdirSync(folder).sort(), ['lines.txt', 'out.npy']);
});

test('NumPy reads the .npy', async (context) => {
  const python = ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'import numpy']).status === 0);
  if (!python) return context.skip('no Python with NumPy here');
  await run(folder, ['embed', '-i', 'lines.txt', '-o', 'numpy.npy', ...model]);
  const program =
    "import numpy; a = numpy.load('numpy.npy'); print(a.shape, a.dtype, a.flags.c_contiguous, repr(float(a[4, 383])))";
  const { stdout } = spawnSync(python, ['-c', program], { cwd: folder, encoding: 'utf8' });
  assert.equal(stdout.trim(), `(5, 384) float32 True ${expected[4][383]}`);
});

test('JSON lines carry every bit, with the texts or without', async () => {
  const all = await run(folder, ['embed', '-i', 'lines.txt', '-o', 'out.jsonl', ...model]);
  assert.equal(all.code, 0);
  const found = rowsOf(readFileSync(join(folder, 'out.jsonl'), 'utf8'));
  assert.deepEqual(
    found.map(({ text }) => text),
    texts,
  );
  assert.deepEqual(
    found.map(({ vector }) => Float32Array.from(vector)),
    expected,
  );

  const bare = await run(folder, ['embed', '-i', 'lines.txt', '--no-text', '--no-normalize', '-q', ...model]);
  assert.deepEqual([bare.code, bare.stderr], [0, '']);
  assert.deepEqual(
    rowsOf(bare.stdout).map((row) => Object.keys(row)),
    texts.map(() => ['vector']),
  );
  assert.deepEqual(
    rowsOf(bare.stdout).map(({ vector }) => Float32Array.from(vector)),
    raw,
  );
});

for (const [what, bytes] of [
  ['line feeds', texts.join('\n')],
  ['a line feed at the end', `${texts.join('\n')}\n`],
  ['carriage returns and line feeds', `${texts.join('\r\n')}\r\n`],
  ['a byte order mark', `\uFEFF${texts.join('\n')}`],
]) {
  test(`the standard input, with ${what}`, async () => {
    for (const args of [[], ['--input', '-']]) {
      const { code, stdout } = await run(folder, ['embed', ...args, ...model], { input: bytes });
      assert.equal(code, 0);
      assert.deepEqual(
        rowsOf(stdout).map(({ text }) => text),
        texts,
      );
    }
  });
}

test('empty lines have vectors too; nothing at all has none', async () => {
  const lines = await run(folder, ['embed', ...model], { input: '\n\na\n\n' });
  assert.deepEqual(
    rowsOf(lines.stdout).map(({ text }) => text),
    ['', '', 'a', ''],
  );
  const none = await run(folder, ['embed', '-o', 'none.npy', ...model], { input: '' });
  assert.equal(none.code, 0);
  assert.deepEqual(readNpy(join(folder, 'none.npy')), []);
});

test('texts that are cut at any byte', async () => {
  const long = Array.from({ length: 40 }, (_, i) => `${i} ${'日本語 café '.repeat(1 + 2000 * (i % 3))}`);
  const { code, stdout } = await run(folder, ['embed', '--model', tiny], { input: long.join('\n') });
  assert.equal(code, 0);
  assert.deepEqual(
    rowsOf(stdout).map(({ text }) => text),
    long,
  );
});

test('input that is not UTF-8 ends the job after the rows before it, which can be resumed', async () => {
  const input = Buffer.concat([
    Buffer.from('fine\nfine too\ncaf'),
    Buffer.of(0xe9),
    Buffer.from('\nlater\n'),
  ]);
  const { code, stderr } = await run(folder, ['embed', '-o', 'latin.npy', '-q', ...model], { input });
  assert.equal(code, 1);
  assert.match(stderr, /latin\.npy is unfinished; the same command with --resume continues it\n/);
  assert.match(stderr, /line 3 of the standard input is not UTF-8; --invalid skip .*\n$/);
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => name.includes('latin'))
      .sort(),
    ['latin.npy.job.json', 'latin.npy.partial'],
  );
  assert.equal(statSync(join(folder, 'latin.npy.partial')).size, 128 + 2 * 384 * 4);
});

for (const [policy, texts, summary] of [
  ['skip', ['fine', 'later'], '1 invalid record skipped'],
  ['replace', ['fine', 'caf\uFFFD', 'later'], '1 invalid record replaced'],
]) {
  test(`--invalid ${policy}`, async () => {
    const input = Buffer.concat([Buffer.from('fine\ncaf'), Buffer.of(0xe9), Buffer.from('\nlater\n')]);
    const { code, stdout, stderr } = await run(folder, ['embed', '--invalid', policy, ...model], { input });
    assert.equal(code, 0);
    assert.deepEqual(
      rowsOf(stdout).map(({ text }) => text),
      texts,
    );
    assert.match(stderr, new RegExp(summary));
  });
}

test('shorter vectors, and a prompt before each text', async () => {
  const { code } = await run(folder, [
    'embed',
    '-i',
    'lines.txt',
    '-o',
    'short.npy',
    '--dimension',
    '100',
    ...model,
  ]);
  assert.equal(code, 0);
  for (const [i, row] of readNpy(join(folder, 'short.npy')).entries()) {
    assert.equal(row.length, 100);
    const length = Math.hypot(...expected[i].slice(0, 100));
    for (const [k, value] of row.entries()) assert.ok(Math.abs(value - expected[i][k] / length) < 1e-6);
  }
  // The tiny model with a prompt, as its own file would name it.
  cpSync(tiny, join(folder, 'prompted'), { recursive: true });
  writeFileSync(
    join(folder, 'prompted', 'config_sentence_transformers.json'),
    '{"prompts":{"query":"the quick "}}',
  );
  const vector = async (args, input) =>
    rowsOf((await run(folder, ['embed', '--model', 'prompted', ...args], { input })).stdout)[0].vector;
  assert.deepEqual(await vector(['--prompt', 'query'], 'fox'), await vector([], 'the quick fox'));
});

test('an existing file is replaced, behind a link as well', async () => {
  writeFileSync(join(folder, 'old.jsonl'), 'old');
  symlinkSync('old.jsonl', join(folder, 'link.jsonl'));
  const { code } = await run(folder, ['embed', '-o', 'link.jsonl', ...model], { input: 'one\n' });
  assert.equal(code, 0);
  assert.equal(rowsOf(readFileSync(join(folder, 'old.jsonl'), 'utf8')).length, 1);
});

test('many texts in several threads come in their order', async () => {
  const many = Array.from({ length: 3000 }, (_, i) => `text ${i} ${'word '.repeat(i % 17)}`);
  const { code } = await run(folder, ['embed', '-o', 'many.jsonl', '--workers', '3', '--model', tiny], {
    input: many.join('\n'),
  });
  assert.equal(code, 0);
  assert.deepEqual(
    rowsOf(readFileSync(join(folder, 'many.jsonl'), 'utf8')).map(({ text }) => text),
    many,
  );
});

test('a hundred times the texts take no more memory', async () => {
  const report =
    "process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS)))";
  writeFileSync(join(folder, 'report.cjs'), report);
  const most = async (count) => {
    const input = 'a line of text that is the same every time\n'.repeat(count);
    const node = ['--require', join(folder, 'report.cjs'), '--max-semi-space-size=4'];
    const { code, extra } = await run(folder, ['embed', '-o', 'big.npy', '--workers', '1', '--model', tiny], {
      input,
      node,
    });
    assert.equal(code, 0);
    assert.equal(readNpy(join(folder, 'big.npy')).length, count);
    return Number(extra) / 1024;
  };
  const [few, many] = [await most(1000), await most(100_000)];
  assert.ok(many < few + 64, `${many.toFixed(0)} MB for 100,000 texts, ${few.toFixed(0)} MB for 1,000`);
});

test('the summary says how many texts were cut', async () => {
  const input = `short\n${'a long text '.repeat(40)}\n${'and another '.repeat(40)}\n`;
  const args = ['embed', '-o', 'cut.npy', '--max-length', '32', ...model];
  const { code, stderr } = await run(folder, args, { input });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^3 texts, 2 cut at 32 tokens, 384 dimensions, 67 tokens, /m);
  const short = await run(folder, ['embed', '-o', 'cut.npy', ...model], { input: 'short\n' });
  assert.doesNotMatch(short.stderr, /cut/);
});
