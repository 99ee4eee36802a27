// edgebert pack: original weights to the packed file.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packedFile, rowsOf, run, tiny, workFolder } from './support.mjs';

const folder = workFolder();
const checkpoint = join(dirname(packedFile), 'checkpoint');

test('a folder: the file that npm run model makes, byte for byte', async () => {
  const { code, stderr } = await run(folder, ['pack', checkpoint, '--output', 'minilm.safetensors']);
  assert.equal(code, 0);
  assert.match(stderr, /^23\.4 MB in/);
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
