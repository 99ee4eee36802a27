// edgebert pack: original weights to the packed file.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { packedFile, rowsOf, run, tiny, workFolder } from './support.mjs';

const folder = workFolder();
const checkpoint = join(dirname(packedFile), 'checkpoint');

test('a folder: the file that npm run model makes, byte for byte', async () => {
  const { code, stderr } = await run(folder, ['pack', checkpoint, '--output', 'minilm.safetensors']);
  assert.equal(code, 0);
  assert.match(stderr, /^23\.5 MB in/m);
  assert.ok(readFileSync(join(folder, 'minilm.safetensors')).equals(readFileSync(packedFile)));
});

test('a hub id, from a host that stands in for the hub; what comes out loads as the folder does', async () => {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const file = join(tiny, request.url.replace('/someone/tiny/resolve/main/', ''));
    if (existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const host = `http://127.0.0.1:${server.address().port}`;
    const { code, stderr } = await run(folder, [
      'pack',
      'someone/tiny',
      '-o',
      'tiny.safetensors',
      '-q',
      '--base-url',
      host,
      '--calibration',
      'none',
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(asked.includes('/someone/tiny/resolve/main/model.safetensors'), String(asked));
  } finally {
    server.close();
  }
  const vectors = async (model) =>
    rowsOf((await run(folder, ['embed', '--model', model], { input: 'the quick fox\n' })).stdout);
  assert.deepEqual(await vectors('tiny.safetensors'), await vectors(tiny));
});

test('download: the registry model under the name that baseUrl looks for, and it loads from there', async () => {
  const { WasmModelType } = await import('../../dist/index.js');
  const { id, name, revision } = WasmModelType.MiniLML6V2;
  const files = join(folder, 'hub', ...id.split('/'), 'resolve', revision);
  mkdirSync(files, { recursive: true });
  for (const file of readdirSync(checkpoint, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const from = join(file.parentPath, file.name);
    const to = join(files, relative(checkpoint, from));
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
  const { code, stdout, stderr } = await run(folder, [
    'download',
    'MiniLML6V2',
    '--output',
    'public/models',
    '--base-url',
    join(folder, 'hub'),
  ]);
  assert.equal(code, 0, stderr);
  const file = join('public/models', name, 'model-int8.safetensors');
  assert.equal(stdout, `${file}\n`);
  assert.ok(readFileSync(join(folder, file)).equals(readFileSync(packedFile)));
  const served = await run(folder, ['embed', '--base-url', 'public/models', '-q'], { input: 'one\n' });
  assert.equal(served.code, 0, served.stderr);
  assert.equal(rowsOf(served.stdout).length, 1);
});

test('int8 is calibrated: with sentences of the package, or with texts of the kind that the model is for', async () => {
  writeFileSync(join(folder, 'own.txt'), 'the quick fox\n\na cat sat on the mat\nthe dog\n');
  const vector = async (model, more = []) => {
    const { stdout } = await run(folder, ['embed', '--model', model, ...more], { input: 'the quick fox\n' });
    return rowsOf(stdout)[0].vector;
  };
  const expected = await vector(tiny, ['--precision', 'f32']);
  const versions = { usual: '3', own: '3', plain: '1' };
  const files = [];
  for (const [name, more] of [
    ['usual', []],
    ['own', ['--calibration', 'own.txt']],
    ['plain', ['--calibration', 'none']],
  ]) {
    const file = join(folder, `${name}.safetensors`);
    const { code, stderr } = await run(folder, ['pack', tiny, '-q', '-o', file, ...more]);
    assert.deepEqual([code, stderr], [0, '']);
    const bytes = readFileSync(file);
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
    assert.equal(header.__metadata__.version, versions[name]);
    const cosine = (await vector(file)).reduce((sum, x, i) => sum + x * expected[i], 0);
    assert.ok(cosine > 0.998, `${name}: ${cosine}`);
    files.push(bytes);
  }
  assert.ok(!files[0].equals(files[1]));
});

test('--size: a compact file, which comes closer to the original with texts to calibrate on', async () => {
  writeFileSync(join(folder, 'texts.txt'), 'the quick fox\n\na cat sat on the mat\nthe dog\n');
  const vector = async (model, more = []) => {
    const { stdout } = await run(folder, ['embed', '--model', model, ...more], { input: 'the quick fox\n' });
    return rowsOf(stdout)[0].vector;
  };
  const expected = await vector(tiny, ['--precision', 'f32']);
  for (const [name, more] of [
    ['plain', []],
    ['calibrated', ['--calibration', 'texts.txt']],
  ]) {
    const file = `${name}.safetensors`;
    const { code, stderr } = await run(folder, ['pack', tiny, '-o', file, '--size', '0.023', ...more]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /2[123]\.\d KB in/);
    assert.ok(statSync(join(folder, file)).size <= 23_000);
    const cosine = (await vector(file)).reduce((sum, x, i) => sum + x * expected[i], 0);
    assert.ok(cosine > 0.99, `${name}: ${cosine}`);
  }
  const { code, stderr } = await run(folder, ['pack', tiny, '-o', 'none.safetensors', '--size', '0.001']);
  assert.equal(code, 1);
  assert.match(stderr, /does not fit into 0\.001 MB: choose a larger/);
  assert.match(stderr, /4 bits for each of its \d+ weights, the file takes 0\.0\d+ MB$/m);
  assert.ok(!existsSync(join(folder, 'none.safetensors')));
});

test('--calibration: a file without a text is refused', async () => {
  writeFileSync(join(folder, 'blank.txt'), '\n\r\n');
  for (const size of [[], ['--size', '0.023']]) {
    const arguments_ = ['pack', tiny, '-o', 'blank.safetensors', '--calibration', 'blank.txt', ...size];
    const { code, stderr } = await run(folder, arguments_);
    assert.equal(code, 2);
    assert.match(stderr, /--calibration: blank\.txt has no texts/);
    assert.ok(!existsSync(join(folder, 'blank.safetensors')));
  }
});

test('--vocabulary-for: a smaller file with the same vectors for the texts that it is for', async () => {
  const texts = ['the quick fox', 'hello world'];
  writeFileSync(join(folder, 'a.txt'), `${texts[0]}\n`);
  writeFileSync(join(folder, 'b.txt'), `${texts[1]}\n`);
  const cut = ['--vocabulary-for', 'a.txt', '--vocabulary-for', 'b.txt'];
  for (const [file, options] of [
    ['whole.safetensors', []],
    ['cut.safetensors', cut],
  ]) {
    const { code, stderr } = await run(folder, ['pack', tiny, '-q', '-o', file, ...options]);
    assert.deepEqual([code, stderr], [0, '']);
  }
  const [whole, small] = ['whole', 'cut'].map((name) => statSync(join(folder, `${name}.safetensors`)).size);
  assert.ok(small < whole, `${small} bytes of ${whole}`);
  const vectors = async (model) =>
    rowsOf((await run(folder, ['embed', '--model', model], { input: texts.join('\n') })).stdout);
  assert.deepEqual(await vectors('cut.safetensors'), await vectors('whole.safetensors'));
  const { code, stderr } = await run(folder, ['pack', tiny, '-o', 'x', '--size', '1', ...cut]);
  assert.equal(code, 2);
  assert.match(stderr, /--vocabulary-for is for int8 files/);
});
