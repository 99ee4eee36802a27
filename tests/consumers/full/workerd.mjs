// workerd, as Cloudflare runs it: bundled the way wrangler does, the WebAssembly compiled beforehand.
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { modelFile, right, texts } from '../support/golden.mjs';
import { importTool, project } from '../support/project.mjs';

const { Miniflare, Response } = await importTool('miniflare/dist/src/index.js');

/** Collects the WebAssembly files, and leaves their imports to workerd. */
const compiledModules = (found) => ({
  name: 'compiled-modules',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
      const file = path.startsWith('.') ? join(resolveDir, path) : path;
      found.add(file);
      return { path: `./${basename(file)}`, external: true };
    }),
});

/** A worker from a program, which gets the model's bytes where it asks for them. */
async function start(text, settings = {}) {
  const folder = project({ text });
  const found = new Set();
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'program.js')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*'],
    plugins: [compiledModules(found)],
    logLevel: 'error',
  });
  const miniflare = new Miniflare({
    modules: [
      { type: 'ESModule', path: 'program.js', contents: outputFiles[0].text },
      ...[...found].map((file) => ({
        type: 'CompiledWasm',
        path: basename(file),
        contents: readFileSync(file),
      })),
    ],
    compatibilityDate: '2026-01-01',
    outboundService: () => new Response(readFileSync(modelFile)),
    ...settings,
  });
  after(() => miniflare.dispose());
  return miniflare;
}

const encode = `
  import { MiniLML6V2, SearchIndex, WasmModel, WorkerModel, cache } from 'edgebert';
  const url = 'https://models.example/model-int8.safetensors';
  const texts = ${JSON.stringify(texts)};
  export default {
    async fetch() {
      const model = await WasmModel.from_type(MiniLML6V2, { url });
      const worker = await WorkerModel.from_type(MiniLML6V2, { url });
      const thread = worker.info.thread;
      const same = (await worker.encode(texts)).toString() === model.encode(texts).toString();
      const vectors = model.encode(texts);
      const index = new SearchIndex({ dimension: model.dimension });
      index.upsertMany(texts, vectors);
      const [first] = index.search(vectors.subarray(0, model.dimension));
      return Response.json({ vectors: [...vectors], thread, same, found: first.id, kept: await cache.list() });
    },
  };`;

for (const flags of [[], ['nodejs_compat']]) {
  test(`workerd ${flags}`.trim(), async () => {
    const miniflare = await start(encode, { compatibilityFlags: flags });
    const response = await miniflare.dispatchFetch('http://localhost/');
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    const { vectors, thread, same, found, kept } = JSON.parse(answer);
    await right(vectors);
    assert.equal(found, texts[0]);
    // There is no place that outlives the request; memory is no cache.
    assert.deepEqual(kept, []);
    // There are no workers: a WorkerModel does its work on the thread that calls it.
    assert.deepEqual({ thread, same }, { thread: 'caller', same: true });
  });
}
