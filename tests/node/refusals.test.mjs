// Whatever is refused for the files beside the weights is refused, by name, before the weights are fetched.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { edgebert, origin, usePackage } from './support/package.mjs';
import { REFUSALS, UNFIT } from './support/refusals.mjs';

usePackage({ server: true });

const isWeights = (path) => path.endsWith('.safetensors') || path.endsWith('.bin');

/** Serves files as the hub does; all that is there of the weights is a request for them. */
function serve(files) {
  for (const [path, body] of files) origin.serve(`/someone/model/resolve/main/${path}`, body);
}

/** The weights that were asked for; the packed file is looked for first. */
const weightsAsked = () =>
  origin.log.map(({ path }) => path).filter((path) => isWeights(path) && !path.endsWith('-int8.safetensors'));

for (const { what, files, options = {}, code, message } of [...REFUSALS, ...UNFIT]) {
  test(`${what}, on a server`, async () => {
    serve(files());
    for (const name of ['WasmModel', 'WorkerModel']) {
      for (const precision of ['int8', 'f32']) {
        const load = edgebert[name].from_pretrained('someone/model', {
          baseUrl: origin.url,
          precision,
          ...options,
        });
        await assert.rejects(load, { name: 'EdgeBertError', code, message });
        assert.deepEqual(weightsAsked(), [], `${name}, ${precision}`);
      }
    }
    assert.deepEqual(await edgebert.cache.list(), []);
  });

  test(`${what}, in a folder that has no weights`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'edgebert-'));
    try {
      for (const [path, body] of files()) {
        if (isWeights(path)) continue;
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), body);
      }
      const load = edgebert.WasmModel.from_pretrained(pathToFileURL(folder), options);
      await assert.rejects(load, { name: 'EdgeBertError', code, message });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('a cross-encoder takes no embedding model', async () => {
  const { files } = UNFIT[0];
  serve(files());
  const load = edgebert.CrossEncoder.from_pretrained('someone/model', { baseUrl: origin.url });
  await assert.rejects(load, { code: 'unsupported', message: /load it with WasmModel/ });
  assert.deepEqual(weightsAsked(), []);
});
