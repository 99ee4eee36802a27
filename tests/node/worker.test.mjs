// WorkerModel under Node, where workers are threads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist, packedFile } from './support/source.mjs';

const index = String(pathToFileURL(join(dist, 'index.js')));
const options = { url: pathToFileURL(packedFile), cache: 'none' };
const texts = Array.from({ length: 60 }, (_, i) => `text ${i} about rivers, lanterns and markets`);
let edgebert;
let folder;

before(async () => {
  edgebert = await import(index);
  folder = mkdtempSync(join(tmpdir(), 'edgebert-threads-'));
});

after(() => rmSync(folder, { recursive: true }));

const load = (more) => edgebert.WorkerModel.from_type(edgebert.MiniLML6V2, { ...options, ...more });

test('threads give the same vectors as this thread, bit for bit', async () => {
  const here = await edgebert.WasmModel.from_type(edgebert.MiniLML6V2, options);
  const threads = await load({ workers: 'auto' });
  const expected = here.encode(texts);
  assert.deepEqual(await threads.encode(texts), expected);
  const streamed = [];
  for await (const vector of threads.encodeStream(texts)) streamed.push(...vector);
  assert.deepEqual(Float32Array.from(streamed), expected);
  assert.deepEqual(await threads.tokenize(texts[0]), here.tokenize(texts[0]));
  here.free();
  threads.terminate();
  await assert.rejects(threads.encode(['a']), { code: 'state' });
});

test('a thread that ends rejects what it held, and is replaced', async () => {
  const script = join(folder, 'ending.mjs');
  const worker = String(pathToFileURL(join(dist, 'worker.js')));
  // Ends before its first answer to encode, once in all.
  writeFileSync(
    script,
    `import ${JSON.stringify(worker)};
    import { parentPort } from 'node:worker_threads';
    import { existsSync, writeFileSync } from 'node:fs';
    const mark = ${JSON.stringify(join(folder, 'ended'))};
    parentPort.on('message', ({ call }) => {
      if (call !== 'encode' || existsSync(mark)) return;
      writeFileSync(mark, '');
      process.exit();
    });`,
  );
  const model = await load({ workerUrl: pathToFileURL(script) });
  await assert.rejects(model.encode(['a']), {
    name: 'EdgeBertError',
    code: 'worker-lost',
    message: /it ended/,
  });
  assert.equal((await model.encode(['a', 'b'])).length, 768);
  model.terminate();
});

test('a worker that nobody waits for keeps no process alive', () => {
  const program = `
    import { WorkerModel, MiniLML6V2 } from ${JSON.stringify(index)};
    const model = await WorkerModel.from_type(MiniLML6V2, { url: ${JSON.stringify(String(options.url))}, cache: 'none' });
    console.log((await model.encode(['a'])).length);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([status, stdout.trim()], [0, '384']);
});

test('a missing script is an error', async () => {
  await assert.rejects(load({ workerUrl: pathToFileURL(join(folder, 'missing.mjs')) }), {
    code: 'worker-lost',
    message: /missing\.mjs/,
  });
});
