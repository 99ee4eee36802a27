// npm run demo:build: the demo as a folder of static files, for any host and under any path.
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { build } from './build.mjs';
import { demoCollection } from './lib/collection.mjs';
import { listFiles } from './lib/files.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { main, megabytes, step } from './lib/say.mjs';
import { packedModel } from './model.mjs';
import { setup } from './setup.mjs';

export const demoFolder = inRoot('demo', 'dist');

/** What the demo is made of, beside its own source. */
export async function demoInputs() {
  await demoCollection(await packedModel());
}

/** Builds the page with all that it needs: the model and the words are among its files. */
export async function buildDemo() {
  await demoInputs();
  const { build } = await import('vite');
  await build({ configFile: inRoot('demo', 'vite.config.ts'), logLevel: 'warn' });
  const bytes = listFiles(demoFolder).reduce((sum, file) => sum + statSync(file).size, 0);
  step('demo', `${relative(root, demoFolder)}/: ${megabytes(bytes)}, to be copied to any host`);
}

await main(import.meta, async () => {
  await setup();
  await build();
  await buildDemo();
});
