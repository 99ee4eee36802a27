// esbuild leaves addresses alone: the two files go beside its output.
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { results, works } from '../support/page.mjs';
import { project } from '../support/project.mjs';

async function bundle(folder) {
  await build({
    entryPoints: [join(folder, 'program.js')],
    outdir: join(folder, 'dist'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
}

test('esbuild', async () => {
  const folder = project({ script: './dist/program.js' });
  await bundle(folder);
  const { resolve } = createRequire(join(folder, 'program.js'));
  for (const file of ['worker.js', 'edgebert_bg.wasm']) {
    cpSync(resolve(`edgebert/${file}`), join(folder, 'dist', file));
  }
  await works(folder);
});

test('esbuild, and the two files forgotten: errors that name the file and what helps', async () => {
  const text = `
    import { MiniLML6V2, WasmModel, WorkerModel } from 'edgebert';
    const said = (error) => error.code + ': ' + error.message;
    const options = { baseUrl: '/models' };
    globalThis.result = [
      await WasmModel.from_type(MiniLML6V2, options).catch(said),
      await WorkerModel.from_type(MiniLML6V2, { ...options, wasmUrl: '/node_modules/edgebert/dist/edgebert_bg.wasm' }).catch(said),
    ];`;
  const folder = project({ script: './dist/program.js', text });
  await bundle(folder);
  const [wasm, worker] = await results(folder);
  assert.match(
    wasm,
    /^network: The engine could not be loaded: http.*\/dist\/edgebert_bg\.wasm answered 404.*`wasmUrl`/,
  );
  assert.match(worker, /^worker-lost: .*could not be loaded.*`workerUrl`/);
});
