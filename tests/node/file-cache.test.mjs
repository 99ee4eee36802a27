// The cache on a disk: what is full, odd, damaged or nowhere.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { edgebert, folder, usePackage } from './support/package.mjs';
import { dist, packedFile } from './support/source.mjs';
import { filesOf } from './support/tiny.mjs';

const tiny = filesOf('tiny-bert-f32');
const packed = readFileSync(packedFile);
const GIB = 2 ** 30;

usePackage();

let requests = 0;
const fetch = async (url) => {
  requests++;
  const name = String(url).replace(/.*\/m\d*\//, '');
  if (name.startsWith('packed')) return new Response(packed);
  return tiny.has(name) ? new Response(tiny.get(name)) : new Response('', { status: 404 });
};

async function load(source = 'http://models.test/m/') {
  const warnings = [];
  const onWarning = ({ code, message }) => warnings.push(`${code}: ${message}`);
  (await edgebert.WasmModel.from_pretrained(source, { fetch, onWarning })).free();
  return warnings;
}

for (const code of ['ENOSPC', 'EDQUOT', 'EIO']) {
  test(`a disk that fails with ${code} half way: a warning, and no half of a model`, async () => {
    const fs = process.getBuiltinModule('node:fs/promises');
    const { writeFile } = fs;
    let writes = 0;
    fs.writeFile = async (...args) => {
      if (++writes > 9) throw Object.assign(new Error(`${code}: write failed`), { code });
      return writeFile(...args);
    };
    try {
      const warnings = await load('http://models.test/m/packed.safetensors');
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0],
        code === 'EIO' ? /^state: .*was not cached/ : /^quota: .*there is no room left/,
      );
    } finally {
      fs.writeFile = writeFile;
    }
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(await load('http://models.test/m/packed.safetensors'), []);
    assert.equal((await edgebert.cache.list()).length, 1);
  });
}

test('folders of others are left alone', async () => {
  const odd = ['x%40%E0%A4%A', '%40', 'notes', 'a'.repeat(32), '.hidden'];
  for (const name of odd) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'file'), '');
  assert.deepEqual(await load(), []);
  assert.equal((await edgebert.cache.list()).length, 1);
  await edgebert.cache.clear();
  assert.deepEqual(await edgebert.cache.list(), []);
  assert.deepEqual(readdirSync(folder).sort(), [...odd, 'file'].sort());
  for (const name of [...odd, 'file']) rmSync(join(folder, name), { recursive: true });
});

test('what an earlier version cached is removed with the model', async () => {
  const old = join(folder, encodeURIComponent('all-MiniLM-L6-v2@int8-0123456789abcdef'));
  mkdirSync(old);
  writeFileSync(join(old, '00000'), 'x');
  await edgebert.cache.delete('all-MiniLM-L6-v2');
  assert.equal(existsSync(old), false);
});

const DAMAGE = ['null', '5', '"text"', '[]', '{}', '', '{"key":', '{"key":null,"hashes":5}'];
for (const text of DAMAGE) {
  test(`a record that is ${text || 'empty'} heals with the next load`, async () => {
    await load();
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name, 'model.json'), text);
    assert.deepEqual(await edgebert.cache.list(), []);
    assert.deepEqual(await load(), []);
    assert.equal((await edgebert.cache.list()).length, 1);
    requests = 0;
    assert.deepEqual(await load(), []);
    assert.equal(requests, 0);
  });
}

test('a record with other fields than it should have heals too', async () => {
  await load();
  const [name] = readdirSync(folder);
  const file = join(folder, name, 'model.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  const changes = {
    hashes: ['x'],
    bytes: 1,
    files: [['a', 5]],
    precision: 'int4',
    key: 'other@1',
    sources: null,
  };
  for (const [field, value] of Object.entries(changes)) {
    writeFileSync(file, JSON.stringify({ ...record, [field]: value }));
    await load();
    requests = 0;
    assert.deepEqual(await load(), [], field);
    assert.equal(requests, 0, field);
  }
});

test('folders with the names of files are replaced', async () => {
  await load();
  const [name] = readdirSync(folder);
  for (const file of ['model.json', '00001', 'key.txt']) {
    rmSync(join(folder, name, file), { recursive: true });
    mkdirSync(join(folder, name, file, 'inner'), { recursive: true });
    await load();
    requests = 0;
    assert.deepEqual(await load(), [], file);
    assert.equal(requests, 0, file);
  }
});

test('above 1 GiB the model used longest ago goes', async () => {
  for (const at of [1, 2, 3]) {
    await load(`http://models.test/m${at}/`);
    for (const name of readdirSync(folder)) {
      const file = join(folder, name, 'model.json');
      const record = JSON.parse(readFileSync(file, 'utf8'));
      if (!record.name.endsWith(`m${at}`)) continue;
      writeFileSync(file, JSON.stringify({ ...record, bytes: GIB / 2 - 1e6 }));
      const used = new Date(2026, 0, at === 1 ? 20 : at);
      utimesSync(file, used, used);
    }
    const names = (await edgebert.cache.list()).map(({ name }) => name.at(-1)).sort();
    assert.deepEqual(names, { 1: ['1'], 2: ['1', '2'], 3: ['1', '2', '3'] }[at]);
  }
  await load('http://models.test/m4/');
  // Two of the large ones and the new one fit.
  const names = (await edgebert.cache.list()).map(({ name }) => name.at(-1)).sort();
  assert.deepEqual(names, ['1', '3', '4']);
});

test('EDGEBERT_CACHE that is a file: the model loads, and `cache` says what to do', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  process.env.EDGEBERT_CACHE = file;
  try {
    const warnings = await load();
    assert.ok(warnings.length > 0);
    for (const warning of warnings) assert.match(warning, /^state: .*set EDGEBERT_CACHE to another folder/);
    for (const method of ['list', 'clear', 'estimate']) {
      await assert.rejects(edgebert.cache[method](), {
        name: 'EdgeBertError',
        code: 'state',
        message: /EDGEBERT_CACHE/,
      });
    }
    await assert.rejects(edgebert.cache.has(edgebert.MiniLML6V2), { name: 'EdgeBertError' });
  } finally {
    process.env.EDGEBERT_CACHE = folder;
    rmSync(file);
  }
});

for (const [what, env] of [
  ['an empty HOME', { HOME: '' }],
  ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'relative' }],
]) {
  test(`${what} puts nothing into the working directory`, () => {
    const here = mkdtempSync(join(tmpdir(), 'edgebert-'));
    const program = `
      const { WasmModel, cache } = await import(${JSON.stringify(String(pathToFileURL(join(dist, 'index.js'))))});
      await cache.list();
      const { readFileSync } = process.getBuiltinModule('node:fs');
      const packed = readFileSync(${JSON.stringify(packedFile)});
      const fetch = async () => new Response(packed);
      await WasmModel.from_pretrained('http://models.test/edgebert-test-of-home.safetensors', { fetch });
      await cache.delete('http://models.test/edgebert-test-of-home.safetensors');`;
    const rest = { ...process.env };
    delete rest.EDGEBERT_CACHE;
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: here,
      env: { ...rest, ...env },
    });
    assert.deepEqual(readdirSync(here), []);
    rmSync(here, { recursive: true });
  });
}
