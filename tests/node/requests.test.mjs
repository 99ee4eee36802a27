// What a load asks for, and what it says when that fails.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Origin } from './support/origin.mjs';
import { edgebert, origin, usePackage } from './support/package.mjs';
import { packedFile } from './support/source.mjs';
import { filesOf, fixtures } from './support/tiny.mjs';

const tiny = filesOf('tiny-bert-f32');

usePackage({ server: true });

afterEach(() => {
  for (const name of ['HF_ENDPOINT', 'HF_TOKEN', 'HTTPS_PROXY']) delete process.env[name];
});

function serveHub(prefix) {
  for (const [path, body] of tiny) origin.serve(`${prefix}/${path}`, body);
}

const load = async (source, options) => (await edgebert.WasmModel.from_pretrained(source, options)).free();

test('a slash in a revision is encoded', async () => {
  const base = { baseUrl: origin.url, revision: 'refs/pr/1' };
  await assert.rejects(load('someone/tiny', base), /refs%2Fpr%2F1\/config\.json answered 404/);
});

test('HF_ENDPOINT is the host', async () => {
  process.env.HF_ENDPOINT = `${origin.url}/`;
  serveHub('/someone/tiny/resolve/main');
  await load('someone/tiny', { cache: 'none' });
  assert.ok(origin.log.every(({ headers }) => headers.authorization === undefined));
});

test('HF_TOKEN goes to the hub, and to no other host', async () => {
  const other = await Origin.start();
  process.env.HF_ENDPOINT = origin.url;
  process.env.HF_TOKEN = 'hf_secret';
  serveHub('/someone/tiny/resolve/main');
  other.serve('/file', tiny.get('model.safetensors'));
  origin.serve('/someone/tiny/resolve/main/model.safetensors', (request, response) =>
    response.writeHead(302, { location: '/moved' }).end(),
  );
  origin.serve('/moved', (request, response) =>
    response.writeHead(307, { location: `${other.url.replace('127.0.0.1', 'localhost')}/file` }).end(),
  );
  await load('someone/tiny', { cache: 'none' });
  assert.ok(origin.log.every(({ headers }) => headers.authorization === 'Bearer hf_secret'));
  assert.deepEqual(
    other.log.map(({ path, headers }) => [path, headers.authorization]),
    [['/file', undefined]],
  );
  origin.log.length = 0;
  await load('someone/tiny', { cache: 'none', baseUrl: origin.url });
  assert.ok(origin.log.every(({ headers }) => headers.authorization === undefined));
  await other.close();
});

test('a gated repository: the error says what to set', async () => {
  process.env.HF_ENDPOINT = origin.url;
  for (const path of tiny.keys()) origin.serve(`/someone/gated/resolve/main/${path}`, '', { status: 401 });
  await assert.rejects(load('someone/gated'), { code: 'network', message: /answered 401.*set HF_TOKEN/ });
  process.env.HF_TOKEN = 'hf_secret';
  await assert.rejects(load('someone/gated'), { message: /HF_TOKEN must belong to a user with access/ });
});

test('without a connection one file is asked for, and the message fits the runtime', async () => {
  const gone = await Origin.start();
  await gone.close();
  process.env.HF_ENDPOINT = gone.url;
  process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
  let asked = 0;
  const fetch = (...args) => (asked++, globalThis.fetch(...args));
  const failure = await load('someone/tiny', { fetch }).catch((error) => error);
  assert.equal(failure.code, 'network');
  assert.match(failure.message, /could not be reached.*ECONNREFUSED.*NODE_USE_ENV_PROXY/);
  assert.doesNotMatch(failure.message, /page|CORS/);
  assert.equal(asked, 4);
});

for (const [what, fetch, message] of [
  ['returns undefined', async () => undefined, /`fetch` must return a Response \(received undefined\)/],
  ['returns a text', async () => 'text', /`fetch` must return a Response \(received "text"\)/],
  [
    'throws a TypeError of its own',
    () => undefined.url,
    /`fetch` failed: Cannot read properties of undefined/,
  ],
  ['rejects with one', async () => undefined.url, /`fetch` failed: Cannot read properties of undefined/],
]) {
  test(`a \`fetch\` that ${what} is named at once`, async () => {
    let calls = 0;
    const counted = (...args) => (calls++, fetch(...args));
    const failure = await load('someone/tiny', { fetch: counted }).catch((error) => error);
    assert.ok(failure instanceof TypeError, String(failure));
    assert.match(failure.message, message);
    assert.equal(calls, 1);
    if (what.includes('TypeError')) assert.match(failure.cause.message, /Cannot read properties/);
  });
}

test('a `fetch` that gives one Response twice is told to clone it', async () => {
  const config = new Response(tiny.get('config.json'));
  const fetch = async (url) => (url.endsWith('.safetensors') ? new Response('', { status: 404 }) : config);
  await assert.rejects(load(`${origin.url}/m`, { fetch }), { name: 'TypeError', message: /clone\(\)/ });
});

test('a `fetch` whose answers have no streams', async () => {
  serveHub('/m');
  const fetch = async (url, options) => {
    const response = await globalThis.fetch(url, options);
    const { ok, status, statusText, headers } = response;
    return { ok, status, statusText, headers, url, arrayBuffer: () => response.arrayBuffer() };
  };
  await load(`${origin.url}/m`, { fetch, cache: 'none' });
});

test('callbacks that throw do not fail a load', async () => {
  serveHub('/m');
  for (const path of ['modules.json', '1_Pooling/config.json']) origin.files.delete(`/m/${path}`);
  const fail = () => {
    throw new Error('mine');
  };
  const reported = [];
  const listener = (warning) => reported.push(warning.message);
  process.on('warning', listener);
  await load(`${origin.url}/m`, { onWarning: fail, onProgress: fail, cache: 'none' });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  assert.ok(reported.includes('mine'));
});

for (const placed of [true, false]) {
  const how = placed ? 'says that it begins at 0' : 'begins at 0 without saying so';
  test(`a partial answer that ${how} is replaced by a whole one`, () => resumesWhole(placed));
}

async function resumesWhole(placed) {
  const bytes = await (await edgebert.pack(pathToFileURL(join(fixtures, 'tiny-bert-f32')))).arrayBuffer();
  const packed = Buffer.from(bytes);
  const ranges = [];
  origin.serve('/m.safetensors', (request, response) => {
    ranges.push(request.headers.range);
    if (ranges.length === 1) {
      response.writeHead(200, { 'content-length': packed.length });
      response.write(packed.subarray(0, packed.length / 2), () => response.socket.end());
    } else if (request.headers.range) {
      const half = packed.subarray(0, packed.length / 2);
      const range = `bytes 0-${half.length - 1}/${packed.length}`;
      response.writeHead(206, placed ? { 'content-range': range } : {}).end(half);
    } else response.end(packed);
  });
  await load(`${origin.url}/m.safetensors`);
  assert.deepEqual([ranges[0], ranges.at(-1)], [undefined, undefined]);
}

for (const name of ['m.safetensors', 'config.json']) {
  test(`a folder called ${name} in the place of a file fails at once`, async () => {
    const place = mkdtempSync(join(tmpdir(), 'edgebert-'));
    mkdirSync(join(place, name));
    const address = pathToFileURL(name === 'config.json' ? place : join(place, name));
    // Another attempt would wait, and say so.
    const { setTimeout } = globalThis;
    const waits = [];
    globalThis.setTimeout = (work, milliseconds) => (
      waits.push(milliseconds),
      setTimeout(work, milliseconds)
    );
    try {
      await assert.rejects(load(address), { code: 'network', message: /is a folder, not a file/ });
    } finally {
      globalThis.setTimeout = setTimeout;
    }
    assert.deepEqual(
      waits.filter((milliseconds) => milliseconds < 10_000),
      [],
    );
    rmSync(place, { recursive: true });
  });
}

test('an explicit baseUrl: one request, one sentence', async () => {
  const { WasmModel, MiniLML6V2 } = edgebert;
  for (const options of [
    { baseUrl: origin.url },
    { url: `${origin.url}/all-MiniLM-L6-v2/model-int8.safetensors` },
  ]) {
    origin.log.length = 0;
    await assert.rejects(WasmModel.from_type(MiniLML6V2, options), {
      code: 'network',
      message:
        `${origin.url}/all-MiniLM-L6-v2/model-int8.safetensors answered 404 Not Found; ` +
        '`npx edgebert pack all-MiniLM-L6-v2` makes that file',
    });
    assert.equal(origin.log.length, 1);
  }
});

test('paths: for baseUrl, url and from_pretrained', async () => {
  const { WasmModel, MiniLML6V2 } = edgebert;
  const here = process.cwd();
  const place = mkdtempSync(join(tmpdir(), 'edgebert-'));
  mkdirSync(join(place, 'models/all-MiniLM-L6-v2'), { recursive: true });
  copyFileSync(packedFile, join(place, 'models/all-MiniLM-L6-v2/model-int8.safetensors'));
  process.chdir(place);
  try {
    for (const baseUrl of ['./models', 'models', join(place, 'models'), `${join(place, 'models')}/`]) {
      (await WasmModel.from_type(MiniLML6V2, { baseUrl })).free();
    }
    (await WasmModel.from_type(MiniLML6V2, { url: 'models/all-MiniLM-L6-v2/model-int8.safetensors' })).free();
    await load('./models/all-MiniLM-L6-v2/model-int8.safetensors');
    process.chdir(join(place, 'models/all-MiniLM-L6-v2'));
    await load('model-int8.safetensors');
    await load(join(fixtures, 'tiny-bert-f32'));
    await load('.');
  } finally {
    process.chdir(here);
    rmSync(place, { recursive: true });
  }
});

for (const [source, message] of [
  ['bge', /must be a hub id such as .* or one of the names all-MiniLM-L6-v2, .*"bge"/],
  ['', /must be a hub id/],
  ['C:\\models\\x', /Windows path/],
  ['https://huggingface.co/datasets/someone/texts', /must be a model, <owner>\/<name> on the hub/],
  ['https://huggingface.co/someone', /must be a model, <owner>\/<name> on the hub/],
  ['https://huggingface.co', /must be a model, <owner>\/<name> on the hub/],
  [
    'https://huggingface.co/someone/tiny/blob/main/onnx/model.onnx',
    /must be the folder of a model.*another file/,
  ],
  ['https://example.com/tiny/config.json', /must be the folder of a model/],
  ['./tiny/onnx/model.onnx', /must be the folder of a model/],
  ['s3://bucket/model', /must begin with http:\/\/ or https:\/\//],
  ['localhost:8080/models/tiny', /must begin with http:\/\/ or https:\/\//],
]) {
  test(`the name ${JSON.stringify(source)} is refused with the forms that are possible`, async () => {
    await assert.rejects(load(source), { name: 'TypeError', message });
  });
}

for (const [source, path] of [
  ['https://huggingface.co/someone/tiny', '/someone/tiny/resolve/main'],
  ['https://huggingface.co/someone/tiny/tree/v2', '/someone/tiny/resolve/v2'],
  ['https://huggingface.co/someone/tiny/tree/main', '/someone/tiny/resolve/main'],
  ['https://huggingface.co/someone/tiny/tree/refs%2Fpr%2F1', '/someone/tiny/resolve/refs%2Fpr%2F1'],
  ['https://huggingface.co/someone/tiny/blob/main/model.safetensors', '/someone/tiny/resolve/main'],
  ['https://hf.co/someone/tiny/raw/v2/config.json', '/someone/tiny/resolve/v2'],
  [
    'https://huggingface.co/someone/tiny/resolve/v2/model.safetensors?download=true',
    '/someone/tiny/resolve/v2',
  ],
  ['https://huggingface.co/someone/tiny/discussions/3', '/someone/tiny/resolve/main'],
  ['https://huggingface.co/someone/tiny/tree/%E0%A4%A', '/someone/tiny/resolve/%25E0%25A4%25A'],
  ['someone/tiny/tree/v2/', '/someone/tiny/resolve/v2'],
  ['HTTPS://HuggingFace.co/someone/tiny', '/someone/tiny/resolve/main'],
  ['hf://someone/tiny', '/someone/tiny/resolve/main'],
  ['huggingface.co/someone/tiny/', '/someone/tiny/resolve/main'],
  ['hf.co/someone/tiny?library=transformers', '/someone/tiny/resolve/main'],
  ['someone/tiny/', '/someone/tiny/resolve/main'],
  [' someone/tiny\n', '/someone/tiny/resolve/main'],
]) {
  test(`${JSON.stringify(source)} is understood`, async () => {
    process.env.HF_ENDPOINT = origin.url;
    serveHub(path);
    await load(source, { cache: 'none' });
  });
}

for (const [address, place] of [
  [
    'https://huggingface.co/someone/tiny/blob/main/tiny-int8.safetensors',
    'someone/tiny/resolve/main/tiny-int8.safetensors',
  ],
  ['https://hf.co/someone/tiny/raw/v2/sub/a.safetensors', 'someone/tiny/resolve/v2/sub/a.safetensors'],
  [
    'https://www.huggingface.co/datasets/someone/x/blob/main/a.safetensors',
    'datasets/someone/x/resolve/main/a.safetensors',
  ],
  [
    'https://huggingface.co/someone/tiny/resolve/main/a.safetensors?download=true',
    'someone/tiny/resolve/main/a.safetensors?download=true',
  ],
]) {
  test(`the file of the page ${address} is loaded`, async () => {
    const asked = [];
    const fetch = async (url) => {
      asked.push(url);
      return new Response(readFileSync(packedFile));
    };
    (await edgebert.WasmModel.from_type(edgebert.MiniLML6V2, { url: address, fetch, cache: 'none' })).free();
    await load(address, { fetch, cache: 'none' });
    assert.deepEqual([...new Set(asked)], [`https://huggingface.co/${place}`]);
  });
}

test('a folder of a model on the hub is read, not the whole model', async () => {
  const asked = [];
  const fetch = async (url) => (asked.push(url), new Response('', { status: 404 }));
  await assert.rejects(load('https://huggingface.co/someone/tiny/tree/main/small', { fetch }));
  assert.equal(asked[0], 'https://huggingface.co/someone/tiny/resolve/main/small/model-int8.safetensors');
});

test('a folder of the caller without the packed file: the original there is taken, and a warning says so', async () => {
  const { GteSmall } = edgebert.WasmModelType;
  serveHub(`/${GteSmall.id}/resolve/${GteSmall.revision}`);
  const warnings = [];
  const onWarning = ({ code, message }) => warnings.push(`${code}: ${message}`);
  (await edgebert.WasmModel.from_type(GteSmall, { baseUrl: origin.url, onWarning, cache: 'none' })).free();
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0],
    /^network: .*\/gte-small\/model-int8\.safetensors answered 404.*resolve.*edgebert pack gte-small/,
  );

  origin.serve('/gte-small/model-int8.safetensors', 'forbidden', { status: 403 });
  warnings.length = 0;
  (await edgebert.WasmModel.from_type(GteSmall, { baseUrl: origin.url, onWarning, cache: 'none' })).free();
  assert.match(warnings[0], /answered 403/);
});

test('a folder of the caller that has neither: three requests, and one sentence', async () => {
  const { GteSmall } = edgebert.WasmModelType;
  await assert.rejects(edgebert.WasmModel.from_type(GteSmall, { baseUrl: origin.url }), {
    code: 'network',
    message: /gte-small was not found: .*model-int8\.safetensors answered 404.*config\.json answered 404/,
  });
  const paths = origin.log.map(({ path }) => path.split('/').at(-1));
  assert.deepEqual(paths, ['model-int8.safetensors', 'config.json', 'modules.json']);
});

test('an id of the hub that is a folder here, too: the path to write is named', async () => {
  const before = process.cwd();
  const work = mkdtempSync(join(tmpdir(), 'edgebert-'));
  process.env.HF_ENDPOINT = origin.url;
  try {
    process.chdir(work);
    cpSync(join(fixtures, 'tiny-bert-f32'), join(work, 'someone/tiny'), { recursive: true });
    await assert.rejects(load('someone/tiny'), {
      code: 'network',
      message: /config\.json answered 404.*write \.\/someone\/tiny$/,
    });
    serveHub('/someone/tiny/resolve/main');
    const warnings = [];
    await load('someone/tiny', { cache: 'none', onWarning: ({ message }) => warnings.push(message) });
    assert.ok(
      warnings.includes(
        'someone/tiny is read as an id of the hub; for the folder on this disk, write ./someone/tiny',
      ),
    );
    origin.log.length = 0;
    await load('./someone/tiny');
    assert.deepEqual(origin.log, []);
  } finally {
    process.chdir(before);
    rmSync(work, { recursive: true });
  }
});

test('no option is ignored: a revision of a model that is known by name, and of an address', async () => {
  process.env.HF_ENDPOINT = origin.url;
  const { id } = edgebert.WasmModelType.GteSmall;
  serveHub(`/${id}/resolve/v2`);
  await load('gte-small', { revision: 'v2', cache: 'none' });
  assert.ok(origin.log.every(({ path }) => path.includes('/resolve/v2/')));
  for (const option of [{ revision: 'v2' }, { baseUrl: origin.url }]) {
    const [name] = Object.keys(option);
    await assert.rejects(load(`${origin.url}/folder`, option), {
      name: 'TypeError',
      message: new RegExp(`\`${name}\` is for models that are named by an id of the hub`),
    });
  }
});
