// What Rollup and webpack make of single imports; tests/package/budgets.test.mjs does the same with
// esbuild and Rolldown.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { transform } from 'esbuild';
import { IMPORTS, initial, within } from '../../package/import-budgets.mjs';
import { importTool, installed, project } from '../support/project.mjs';

const { rollup } = await importTool('rollup/dist/es/rollup.js');
const { nodeResolve } = await importTool('@rollup/plugin-node-resolve/dist/es/index.js');
const { default: webpack } = await importTool('webpack/lib/index.js');
const folder = project();
const output = mkdtempSync(join(folder, 'output-'));
after(() => rmSync(output, { recursive: true, force: true }));

/** Rollup does not minify; esbuild, which removes nothing more from a single script, does. */
async function byRollup(input) {
  const bundle = await rollup({ input, plugins: [nodeResolve({ browser: true })] });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  const at = (name) => output.find(({ fileName }) => fileName === name);
  const names = initial(output[0].fileName, (name) => at(name).imports);
  const minified = names.map((name) => transform(at(name).code, { minify: true, format: 'esm' }));
  return (await Promise.all(minified)).map(({ code }) => code);
}

async function byWebpack(entry) {
  const settings = {
    mode: 'production',
    context: folder,
    entry,
    output: { path: output, filename: 'main.js' },
  };
  await new Promise((resolve, reject) => {
    webpack({ ...settings, performance: { hints: false } }, (error, stats) =>
      error || stats.hasErrors() ? reject(error ?? new Error(stats.toString('errors-only'))) : resolve(),
    );
  });
  return [readFileSync(join(output, 'main.js'))];
}

for (const [name, bundle] of Object.entries({ Rollup: byRollup, webpack: byWebpack })) {
  for (const { names, from, limit, worker } of IMPORTS) {
    test(`import { ${names} } from '${from}', ${name}: at most ${limit / 1000} KB compressed`, async () => {
      const program = join(folder, 'program.js');
      writeFileSync(program, `import { ${names} } from '${from}';\nglobalThis.used = [${names}];\n`);
      const scripts = await bundle(program);
      if (worker) scripts.push(readFileSync(join(installed(folder), 'dist/worker.js')));
      const bytes = scripts.reduce((sum, script) => sum + brotliCompressSync(script).length, 0);
      within('the bundle', bytes, limit);
    });
  }
}
