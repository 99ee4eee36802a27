// The built package under Node: the same calls as in a page, with files for a cache.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist, packedFile } from './support/source.mjs';

const packed = readFileSync(packedFile);
const requests = [];
let pause = 0;
let server;
let baseUrl;
let folder;
let edgebert;

before(async () => {
  server = createServer(async (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(start);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': packed.length - start });
    for (let offset = start; offset < packed.length && !response.destroyed; offset += 1 << 18) {
      response.write(packed.subarray(offset, offset + (1 << 18)));
      if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${server.address().port}`;
  folder = mkdtempSync(join(tmpdir(), 'edgebert-'));
  // The parents of the cache folder on the three kinds of systems.
  process.env.XDG_CACHE_HOME = folder;
  process.env.LOCALAPPDATA = folder;
  process.env.HOME = folder;
  edgebert = await import(pathToFileURL(join(dist, 'index.js')));
});

beforeEach(async () => {
  requests.length = 0;
  pause = 0;
  await edgebert.cache.clear();
});

after(async () => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function load(options = {}) {
  const warnings = [];
  const events = [];
  const model = await edgebert.WasmModel.from_type(edgebert.MiniLML6V2, {
    baseUrl,
    onWarning: (warning) => warnings.push(warning),
    onProgress: (event) => events.push(event),
    ...options,
  });
  const vector = model.encode(['Hello world', 'How are you']);
  model.free();
  assert.ok(Math.abs(vector[0] + 0.0344) < 0.005, `the first value is ${vector[0]}`);
  assert.equal(vector.length, 768);
  return { warnings, events };
}

test('the first load downloads, the second reads files', async () => {
  assert.deepEqual((await load()).warnings, []);
  const { warnings, events } = await load();
  assert.deepEqual(warnings, []);
  assert.deepEqual(requests, [0]);
  assert.ok(events.every((event) => event.fromCache));
  const [kept] = await edgebert.cache.list();
  assert.equal(kept.name, 'all-MiniLM-L6-v2');
  assert.equal(kept.bytes, packed.length);
  for (const model of [edgebert.MiniLML6V2, kept.name]) {
    assert.equal(await edgebert.cache.has(model), true);
    assert.equal(await edgebert.cache.has(model, { precision: 'f32' }), false);
  }
  assert.equal(await edgebert.cache.has('none'), false);
});

test('a damaged file is found, and mended', async () => {
  await load();
  const [key] = readdirSync(join(folder, 'edgebert'));
  const piece = join(folder, 'edgebert', key, '00007');
  const bytes = readFileSync(piece);
  bytes[77] ^= 1;
  writeFileSync(piece, bytes);
  assert.deepEqual(
    (await load()).warnings.map(({ code }) => code),
    ['integrity'],
  );
  assert.deepEqual((await load()).warnings, []);
  assert.deepEqual(requests, [0, 0]);
});

test('a record that is no JSON is no model', async () => {
  await load();
  const [key] = readdirSync(join(folder, 'edgebert'));
  writeFileSync(join(folder, 'edgebert', key, 'model.json'), '{"key"');
  assert.deepEqual(await edgebert.cache.list(), []);
  assert.deepEqual((await load()).warnings, []);
  assert.equal((await edgebert.cache.list()).length, 1);
});

test('a process killed in mid-download leaves a beginning that the next one resumes', async () => {
  pause = 10;
  const program = `
    const { WasmModel, MiniLML6V2 } = await import(${JSON.stringify(String(pathToFileURL(join(dist, 'index.js'))))});
    await WasmModel.from_type(MiniLML6V2, {
      baseUrl: ${JSON.stringify(baseUrl)},
      onProgress: ({ loaded, total }) => loaded > total / 2 && console.log('half'),
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  pause = 0;
  assert.deepEqual(await edgebert.cache.list(), []);
  const { warnings } = await load();
  assert.deepEqual(warnings, []);
  assert.equal(requests.length, 2);
  assert.ok(requests[1] > packed.length / 3, `went on at ${requests[1]}`);
});

test('a cache folder that can’t be written: the model loads, and the program is told', async () => {
  process.env.XDG_CACHE_HOME = process.env.LOCALAPPDATA = process.env.HOME = packedFile;
  try {
    const { warnings } = await load();
    assert.ok(warnings.length > 0);
    assert.ok(warnings.every(({ name }) => name === 'EdgeBertError'));
  } finally {
    process.env.XDG_CACHE_HOME = process.env.LOCALAPPDATA = process.env.HOME = folder;
  }
});

test('without the cache nothing is written', async () => {
  await load({ cache: 'none' });
  assert.deepEqual(await edgebert.cache.list(), []);
});

test('a model on disk, by its file: address', async () => {
  const { events } = await load({ baseUrl: undefined, url: pathToFileURL(packedFile) });
  assert.ok(events.some((event) => event.phase === 'download'));
  await load({ baseUrl: undefined, url: 'file:///nowhere/at/all.safetensors', cache: 'none' }).then(
    () => assert.fail('it loaded'),
    (error) => assert.match(error.message, /all\.safetensors answered 404/),
  );
  assert.deepEqual(requests, []);
});

test('a folder on disk: the original beside the packed file', async () => {
  const folder = pathToFileURL(join(dist, '../tests/fixtures/tiny-bert-f32'));
  const model = await edgebert.WasmModel.from_pretrained(folder);
  const { cases } = JSON.parse(readFileSync(new URL('tiny-bert-f32/expected.json', folder)));
  const vector = model.encode([cases[0].text], false);
  model.free();
  for (const [i, value] of cases[0].pooled.entries()) assert.ok(Math.abs(vector[i] - value) < 0.05);
});

test('a model on this disk is not cached', async () => {
  const folder = pathToFileURL(join(dist, '../tests/fixtures/tiny-bert-f32'));
  for (const precision of ['int8', 'f32'])
    (await edgebert.WasmModel.from_pretrained(folder, { precision })).free();
  const host = mkdtempSync(join(tmpdir(), 'edgebert-'));
  cpSync(folder, join(host, 'someone/tiny/resolve/main'), { recursive: true });
  (await edgebert.WasmModel.from_pretrained('someone/tiny', { baseUrl: pathToFileURL(host) })).free();
  rmSync(host, { recursive: true });
  await load({ baseUrl: undefined, url: pathToFileURL(packedFile) });
  assert.deepEqual(await edgebert.cache.list(), []);
});

test('a packed model of the registry has the prompts that its files lack', async () => {
  const tiny = join(dist, '../tests/fixtures/tiny-bert-f32');
  const packedWith = async (about) => {
    const fetch = async (url) => {
      const file = join(tiny, String(url).replace(/.*\/resolve\/[^/]+\//, ''));
      if (about && file.endsWith('config_sentence_transformers.json'))
        return new Response(JSON.stringify(about));
      return existsSync(file) ? new Response(readFileSync(file)) : new Response('', { status: 404 });
    };
    const weights = await edgebert.pack('intfloat/e5-small-v2', { fetch });
    return (await edgebert.WasmModel.from_pretrained({ weights })).info.prompts;
  };
  const { prompts } = edgebert.WasmModelType.E5SmallV2;
  assert.deepEqual(await packedWith(undefined), prompts);
  assert.deepEqual(await packedWith({ prompts: {} }), prompts);
  assert.deepEqual(await packedWith({ prompts: { query: 'mine ' } }), { query: 'mine ' });
});

test('a packed file whose default prompt is none of its prompts is refused', async () => {
  const packed = Buffer.from(
    await (await edgebert.pack(pathToFileURL(join(dist, '../tests/fixtures/tiny-bert-f32')))).arrayBuffer(),
  );
  const dataStart = 8 + Number(packed.readBigUInt64LE());
  const header = JSON.parse(packed.toString('utf8', 8, dataStart));
  header.__metadata__.default_prompt = 'nothing';
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const weights = Buffer.concat([length, json, packed.subarray(dataStart)]);
  await assert.rejects(edgebert.WasmModel.from_pretrained({ weights }), {
    code: 'format',
    message: /default_prompt.*none of the prompts/,
  });
});

test('bits of a dimension that makes no whole bytes are refused', async () => {
  const { pipeline } = await import(pathToFileURL(join(dist, 'transformers.js')));
  const model = {
    dimension: 12,
    info: { pooling: 'mean' },
    encode: () => new Float32Array(12),
    dispose() {},
  };
  const extract = await pipeline('feature-extraction', model);
  await assert.rejects(extract('a', { pooling: 'mean', quantize: true }), {
    code: 'unsupported',
    message: /quantize.*12/,
  });
});
