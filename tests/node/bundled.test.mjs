// Bundles in formats without import.meta: what they can't do is said in one sentence.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { dist } from './support/source.mjs';

test('a CommonJS bundle says what to do, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgebert-'));
  try {
    const outfile = join(folder, 'bundle.cjs');
    const contents = "export { WasmModel, WorkerModel } from './index.js';";
    const stdin = { contents, resolveDir: dist };
    await build({ stdin, outfile, bundle: true, format: 'cjs', platform: 'node', logLevel: 'silent' });
    const { WasmModel, WorkerModel } = createRequire(import.meta.url)(outfile);
    for (const [Model, file, option] of [
      [WasmModel, 'edgebert_bg.wasm', 'wasmUrl'],
      [WorkerModel, 'worker.js', 'workerUrl'],
    ]) {
      await assert.rejects(Model.from_type('MiniLML6V2', { cache: 'none', url: 'http://127.0.0.1:9/m' }), {
        code: 'unsupported',
        message: `Nothing says where ${file} is: bundle edgebert as an ES module, or give the address as \`${option}\``,
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
