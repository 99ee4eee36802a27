// npm run docs: the API reference, made of the TSDoc in js/, and the guides → docs/api/.
import { join, relative } from 'node:path';
import { listFiles } from './lib/files.mjs';
import { inRoot, root, tools } from './lib/paths.mjs';
import { runNode } from './lib/run.mjs';
import { main, step } from './lib/say.mjs';
import { buildWasm } from './lib/wasm.mjs';
import { setup } from './setup.mjs';
import { installFrom } from './toolchain/npm.mjs';

export const docsFolder = inRoot('docs', 'api');

export async function buildDocs() {
  const folder = join(tools, 'docs');
  await installFrom(inRoot('scripts', 'docs'), folder, 'TypeDoc');
  const typedoc = join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc');
  await runNode(typedoc, ['--options', inRoot('scripts', 'docs', 'typedoc.json')], {
    cwd: root,
    failure: 'The API reference could not be built.',
  });
  const pages = listFiles(docsFolder).filter((file) => file.endsWith('.html')).length;
  step('docs', `${relative(root, docsFolder)}/index.html and ${pages - 1} more pages`);
}

await main(import.meta, async () => {
  await setup();
  // Its declarations are part of what is documented.
  await buildWasm();
  await buildDocs();
});
