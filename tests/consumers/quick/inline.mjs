// edgebert/inline: a page that is one file, with everything in it.
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build as viteBuild } from 'vite';
import { STRICT, works } from '../support/page.mjs';
import { installed, program, project } from '../support/project.mjs';

const text = program("{ baseUrl: '/models' }", 'edgebert/inline');

test('the inline entry in a page that is one file', async () => {
  const folder = project({ text });
  const options = {
    entryPoints: [join(folder, 'program.js')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
  };
  const { outputFiles } = await build({ ...options, write: false, logLevel: 'error' });
  const script = outputFiles[0].text.replaceAll('</script', '<\\/script');
  const single = project({ text: '' });
  writeFileSync(
    join(single, 'index.html'),
    `<!doctype html><title>one file</title><script type="module">${script}</script>`,
  );
  await works(single);
});

test('the inline entry where a policy forbids its worker: an error says what helps, and it does', async () => {
  const inline = './edgebert/inline.js';
  const allowed = program("{ baseUrl: '/models' }", inline, "{ workerUrl: './edgebert/worker.js' }");
  const folder = project({ text: `import './refused.js';\n${allowed}` });
  cpSync(join(installed(folder), 'dist'), join(folder, 'edgebert'), { recursive: true });
  writeFileSync(
    join(folder, 'refused.js'),
    `import { MiniLML6V2, WorkerModel } from '${inline}';
    const refused = await WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models' }).catch((error) => error);
    if (refused.name !== 'EdgeBertError' || !/blob:.*workerUrl/.test(refused.message)) throw new Error(String(refused));`,
  );
  await works(folder, { headers: { 'content-security-policy': STRICT } });
});

test('the inline entry makes bundlers write scripts alone, and one file where they are told to', async () => {
  const folder = project({ text });
  const assets = async (output) => {
    await viteBuild({ root: folder, logLevel: 'error', build: { rolldownOptions: { output } } });
    return readdirSync(join(folder, 'dist/assets'));
  };
  // What is needed rarely, such as originals and the user's own files, is split off as in any program.
  for (const name of await assets({})) assert.match(name, /\.js$/);
  await works(join(folder, 'dist'));
  assert.equal((await assets({ codeSplitting: false })).length, 1);
  await works(join(folder, 'dist'));
});
