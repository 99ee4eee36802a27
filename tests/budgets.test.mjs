// What a person downloads stays small: the engine, the package and the model, each below its limit.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const KB = 1000;
const MB = 1000 * KB;

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** Every file that `exports` leads to. */
function addresses(exports) {
  return typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(addresses);
}

function within(what, bytes, limit) {
  assert.ok(bytes <= limit, `${what} has ${bytes} bytes, more than the ${limit} allowed`);
}

test('the engine has at most 200 KB, 80 KB compressed', () => {
  const wasm = readFileSync(`${root}dist/edgebert_bg.wasm`);
  within('the engine', wasm.length, 200 * KB);
  within('the engine, compressed', brotliCompressSync(wasm).length, 80 * KB);
});

test('the search kernels have at most 4,096 bytes, which every browser compiles synchronously', () => {
  within('the search kernels', statSync(`${root}pkg-search/search.wasm`).size, 4096);
});

test('the published package has at most 400 KB unpacked without the inline entry, and in it what it needs', () => {
  // Without its scripts: packing would build again what is being tested.
  const npm = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [packed] = JSON.parse(
    execFileSync('npm', npm, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const inline = packed.files.find(({ path }) => path === 'dist/inline.js');
  within('the package', packed.unpackedSize - inline.size, 400 * KB);
  // The same as the main entry, its engine in base64 and its worker, and no other file.
  within('the inline entry', inline.size, 400 * KB);
  const files = packed.files.map(({ path }) => path);
  for (const file of addresses(manifest.exports))
    assert.ok(files.includes(file.slice(2)), `exports names ${file}`);
  assert.deepEqual(
    files.filter((file) => !/^(dist\/|package\.json|README\.md|CHANGELOG\.md|LICENSE)/.test(file)),
    [],
  );
});

test('the packed model has at most 23.5 MB', () => {
  within('the model', statSync(`${root}models/all-MiniLM-L6-v2/model-int8.safetensors`).size, 23.5 * MB);
});
