// Rollup leaves addresses alone: the two files go beside its output.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { works } from '../support/page.mjs';
import { importTool, installed, project } from '../support/project.mjs';

const { rollup } = await importTool('rollup/dist/es/rollup.js');
const { nodeResolve } = await importTool('@rollup/plugin-node-resolve/dist/es/index.js');

test('Rollup', async () => {
  const folder = project({ script: './dist/program.js' });
  const bundle = await rollup({
    input: join(folder, 'program.js'),
    plugins: [nodeResolve({ browser: true })],
  });
  await bundle.write({ dir: join(folder, 'dist'), format: 'es' });
  await bundle.close();
  for (const file of ['worker.js', 'edgebert_bg.wasm']) {
    cpSync(join(installed(folder), 'dist', file), join(folder, 'dist', file));
  }
  await works(folder);
});
