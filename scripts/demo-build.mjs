// npm run demo:build: the demo as a folder of static files, for any host and under any path.
import { cpSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { buildDocs, docsFolder } from './docs.mjs';
import { demoCollection } from './lib/collection.mjs';
import { listFiles } from './lib/files.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { runNode } from './lib/run.mjs';
import { main, megabytes, step } from './lib/say.mjs';
import { pinnedCompact } from './model.mjs';
import { setup } from './setup.mjs';

export const demoFolder = inRoot('demo', 'dist');

/** What the demo is made of, beside its own source. */
export async function demoInputs() {
  await demoCollection(await pinnedCompact());
}

/**
 * Builds the page with all that it needs: the model and the words are among its files. `docs`: whether the
 * guides and the API reference will be beside it, to be linked.
 */
export async function buildDemo({ docs = false } = {}) {
  await demoInputs();
  // In a process of its own: Vite sets NODE_ENV, and with it npm installs no development dependencies.
  const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js');
  await runNode(vite, ['build', '-c', inRoot('demo', 'vite.config.ts'), '-l', 'warn'], {
    cwd: root,
    env: { ...process.env, SITE_DOCS: docs ? '1' : '' },
    failure: 'The demo could not be built.',
  });
  const bytes = listFiles(demoFolder).reduce((sum, file) => sum + statSync(file).size, 0);
  step('demo', `${relative(root, demoFolder)}/: ${megabytes(bytes)}, to be copied to any host`);
}

await main(import.meta, async () => {
  await setup();
  await build();
  await buildDemo({ docs: true });
  // The site's own copy of the guides and the API reference.
  await buildDocs();
  cpSync(docsFolder, join(demoFolder, 'docs'), { recursive: true });
});
