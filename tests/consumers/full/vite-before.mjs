// Vite's earlier major versions, which bundle dependencies for the dev server in another way.
import { join } from 'node:path';
import { test } from 'node:test';
import { works } from '../support/page.mjs';
import { importTool, project } from '../support/project.mjs';
import { worksInDevelopment } from '../support/vite.mjs';

for (const version of [5, 6, 7]) {
  const { build, createServer } = await importTool(`vite${version}/dist/node/index.js`);

  test(`Vite ${version}, build`, async () => {
    const folder = project();
    // For the `await` of the program; the package itself needs no setting.
    await build({ root: folder, logLevel: 'error', build: { target: 'es2022' } });
    await works(join(folder, 'dist'));
  });

  test(`Vite ${version}, dev server`, async () => {
    const folder = project();
    await worksInDevelopment(createServer, folder);
  });
}
