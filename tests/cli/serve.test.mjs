// edgebert serve, as its clients see it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { library, packedFile, rows, run, start, workFolder } from './support.mjs';

const folder = workFolder();
let server;
let port;
let vectors;
const texts = ['Hello world', 'How are you', ''];

/** Starts a server and waits until it listens. */
async function serve(...args) {
  const started = start(folder, ['serve', '--model', packedFile, '--port', '0', ...args]);
  let stderr = '';
  for await (const [chunk] of on(started.child.stderr)) {
    stderr += chunk;
    const found = /serving model-int8 on http:\/\/127\.0\.0\.1:(\d+)\n/.exec(stderr);
    if (found) return { ...started, port: Number(found[1]) };
  }
  throw new Error(`the server did not start: ${stderr}`);
}

async function* on(stream) {
  for (;;) yield await once(stream, 'data');
}

/** Sends a request; a body that is no string is sent as JSON. */
function ask(path, { method = 'POST', body, headers = {}, to = port } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port: to,
      path,
      method,
      headers: { 'content-type': 'application/json', ...headers },
    });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) });
    });
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

before(async () => {
  const here = await library();
  vectors = rows(here.encode(texts));
  here.free();
  server = await serve('--workers', '2');
  ({ port } = server);
});
after(() => server.child.kill('SIGKILL'));

test('embeddings: one text or several, numbers or base64, shortened, with their tokens', async () => {
  const { status, json } = await ask('/v1/embeddings', { body: { input: texts, model: 'any' } });
  assert.equal(status, 200);
  const { object, data, model, usage } = json();
  assert.deepEqual([object, model], ['list', 'model-int8']);
  assert.deepEqual(
    data.map(({ embedding }) => Float32Array.from(embedding)),
    vectors,
  );
  assert.deepEqual(
    data.map(({ index }) => index),
    [0, 1, 2],
  );
  // [CLS] hello world [SEP], [CLS] how are you [SEP], [CLS] [SEP]
  assert.deepEqual(usage, { prompt_tokens: 4 + 5 + 2, total_tokens: 11 });

  const one = (await ask('/v1/embeddings', { body: { input: texts[0], encoding_format: 'base64' } })).json();
  const bytes = Buffer.from(one.data[0].embedding, 'base64');
  assert.deepEqual(
    new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
    vectors[0],
  );
  const short = (await ask('/v1/embeddings', { body: { input: texts[0], dimensions: 64 } })).json();
  assert.equal(short.data[0].embedding.length, 64);
  assert.ok(Math.abs(Math.hypot(...short.data[0].embedding) - 1) < 1e-6);
});

for (const [what, path, options, status, message] of [
  ['no JSON', '/v1/embeddings', { body: '{"input"' }, 400, /not JSON/],
  ['an array', '/v1/embeddings', { body: [] }, 400, /must be a JSON object/],
  ['no input', '/v1/embeddings', { body: {} }, 400, /`input` must be/],
  ['token ids', '/v1/embeddings', { body: { input: [1, 2] } }, 400, /`input` must be/],
  [
    'an unknown format',
    '/v1/embeddings',
    { body: { input: 'a', encoding_format: 'int8' } },
    400,
    /encoding_format/,
  ],
  ['too many dimensions', '/v1/embeddings', { body: { input: 'a', dimensions: 385 } }, 400, /at most 384/],
  [
    'an unknown prompt',
    '/v1/embeddings',
    { body: { input: 'a', prompt: 'poem' } },
    400,
    /`prompt` must name/,
  ],
  [
    'another media type',
    '/v1/embeddings',
    { body: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    /text\/plain/,
  ],
  ['another method', '/v1/embeddings', { method: 'GET' }, 405, /GET/],
  [
    'another path',
    '/v2/embeddings',
    { body: {} },
    404,
    /there is no \/v2\/embeddings; there are \/v1\/embeddings/,
  ],
  ['a model that is no name', '/v1/embeddings', { body: { input: 'a', model: 5 } }, 400, /`model` must be/],
  [
    'a compressed body',
    '/v1/embeddings',
    { body: '{}', headers: { 'content-encoding': 'gzip' } },
    415,
    /content encoding gzip/,
  ],
  [
    'a reranker that is not loaded',
    '/v1/rerank',
    { body: { query: 'a', documents: ['b'] } },
    404,
    /--reranker/,
  ],
  [
    'another host',
    '/v1/embeddings',
    { body: { input: 'a' }, headers: { host: 'example.com' } },
    403,
    /example\.com/,
  ],
  ['a body past the limit', '/v1/embeddings', { body: `"${'a'.repeat(33 << 20)}"` }, 413, /32 MiB/],
]) {
  test(`${what}: ${status}, with a message in OpenAI's form`, async () => {
    const answer = await ask(path, options).catch((error) => error);
    // A server may close the connection while a body that is too large is still being sent.
    if (status === 413 && ['EPIPE', 'ECONNRESET'].includes(answer.code)) return;
    assert.equal(answer.status, status);
    assert.match(answer.json().error.message, message);
    assert.equal(answer.json().error.type, 'invalid_request_error');
  });
}

test('a client that leaves frees its place, and the others are served', async () => {
  const socket = connect(port, '127.0.0.1');
  const body = JSON.stringify({
    input: Array.from({ length: 4000 }, (_, i) => `a text of some length, number ${i}`),
  });
  socket.write(
    `POST /v1/embeddings HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.destroy();
  assert.equal((await ask('/v1/embeddings', { body: { input: 'after' } })).status, 200);
  const until = Date.now() + 20_000;
  for (;;) {
    const { text } = await ask('/metrics', { method: 'GET' });
    if (/edgebert_requests_total\{route="\/v1\/embeddings",status="499"\} 1/.test(text)) {
      assert.match(text, /edgebert_requests_in_flight 0/);
      break;
    }
    assert.ok(Date.now() < until, text);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('health, models and metrics', async () => {
  assert.deepEqual((await ask('/health', { method: 'GET' })).json(), { status: 'ok' });
  const { data } = (await ask('/v1/models', { method: 'GET' })).json();
  assert.deepEqual(
    data.map(({ id }) => id),
    ['model-int8'],
  );
  const { text, headers } = await ask('/metrics', { method: 'GET' });
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  for (const line of text.trim().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [\d.e+-]+)$/);
  const infinite = /edgebert_request_seconds_bucket\{route="\/v1\/embeddings",le="\+Inf"\} (\d+)/.exec(
    text,
  )[1];
  const counted = /edgebert_request_seconds_count\{route="\/v1\/embeddings"\} (\d+)/.exec(text)[1];
  assert.equal(infinite, counted);
});

test('an address in numbers is no host name of another site', async () => {
  for (const host of ['127.0.0.2', '192.168.1.7:8756', '[fe80::1]:8756', 'LOCALHOST']) {
    assert.equal((await ask('/health', { method: 'GET', headers: { host } })).status, 200, host);
  }
  for (const host of ['127.0.0.1.example.com', '[::1].example.com', 'localhost.example.com:8756']) {
    assert.equal((await ask('/health', { method: 'GET', headers: { host } })).status, 403, host);
  }
});

test('more requests than it takes are turned away, and may come again', async () => {
  const small = await serve('--workers', '1', '--max-requests', '2');
  const body = { input: Array.from({ length: 300 }, (_, i) => `text ${i} of a request that takes a while`) };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ask('/v1/embeddings', { body, to: small.port })),
  );
  const turnedAway = answers.filter(({ status }) => status === 503);
  assert.ok(turnedAway.length > 0 && turnedAway.length < 8);
  assert.equal(turnedAway[0].headers['retry-after'], '1');
  assert.ok(answers.every(({ status }) => status === 200 || status === 503));
  small.child.kill('SIGTERM');
  assert.equal((await small.ended).code, 0);
});

test('SIGTERM: what was accepted is answered, nothing more is', async () => {
  const ending = await serve('--workers', '1');
  const body = { input: Array.from({ length: 200 }, (_, i) => `text ${i} of the last request`) };
  const last = ask('/v1/embeddings', { body, to: ending.port });
  await new Promise((resolve) => setTimeout(resolve, 200));
  ending.child.kill('SIGTERM');
  const { status, json } = await last;
  assert.equal(status, 200);
  assert.equal(json().data.length, 200);
  assert.equal((await ending.ended).code, 0);
  await assert.rejects(ask('/health', { method: 'GET', to: ending.port }));
});

for (const [what, start] of [
  ['sends nothing', ''],
  ['stops within the header', 'POST /v1/embeddings HTTP/1.1\r\nhost: loc'],
  [
    'stops within the body',
    'POST /v1/embeddings HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"in',
  ],
]) {
  test(`SIGTERM: a client that ${what} does not hold it up`, { timeout: 30_000 }, async (t) => {
    const ending = await serve('--workers', '1');
    t.after(() => ending.child.kill('SIGKILL'));
    const silent = connect(ending.port, '127.0.0.1').on('error', () => {});
    t.after(() => silent.destroy());
    await once(silent, 'connect');
    silent.write(start);
    // An answer shows that the server has seen the connection before it.
    assert.equal((await ask('/health', { method: 'GET', to: ending.port })).status, 200);
    const body = { input: Array.from({ length: 200 }, (_, i) => `text ${i} of the last request`) };
    const last = ask('/v1/embeddings', { body, to: ending.port });
    await new Promise((resolve) => setTimeout(resolve, 200));
    ending.child.kill('SIGTERM');
    assert.equal((await last).json().data.length, 200);
    assert.equal((await ending.ended).code, 0);
  });
}

for (const [what, reads] of [
  ['reads its answer late still gets all of it', true],
  ['does not read its answer does not hold it up', false],
]) {
  test(`SIGTERM: a client that ${what}`, { timeout: 120_000 }, async (t) => {
    const ending = await serve('--workers', '1');
    t.after(() => ending.child.kill('SIGKILL'));
    // The answer is larger than what the system keeps of it.
    const body = JSON.stringify({ input: Array.from({ length: 1500 }, () => '') });
    const late = connect(ending.port, '127.0.0.1').on('error', () => {});
    t.after(() => late.destroy());
    const head = `host: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    late.write(`POST /v1/embeddings HTTP/1.1\r\n${head}\r\n\r\n${body}`);
    const answered = /edgebert_requests_total\{route="\/v1\/embeddings",status="200"\} 1/;
    while (!answered.test((await ask('/metrics', { method: 'GET', to: ending.port })).text))
      await new Promise((resolve) => setTimeout(resolve, 50));
    ending.child.kill('SIGTERM');
    if (reads) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const text = Buffer.concat(await late.toArray()).toString();
      const [header, content] = text.split('\r\n\r\n');
      assert.equal(content.length, Number(/content-length: (\d+)/i.exec(header)[1]));
    }
    assert.equal((await ending.ended).code, 0);
  });
}

test('wrong options, and a port that is taken', async () => {
  const taken = await run(folder, ['serve', '--model', packedFile, '--port', String(port)]);
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /127\.0\.0\.1:\d+ could not be listened on: /);
  const far = await run(folder, ['serve', '--port', '70000']);
  assert.equal(far.code, 2);
  assert.match(far.stderr, /--port must be at most 65535/);
});
