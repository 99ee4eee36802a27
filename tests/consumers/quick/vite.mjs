// Vite, with no configuration: its dev server bundles dependencies beforehand, its build at the end.
import { join } from 'node:path';
import { test } from 'node:test';
import { build, createServer } from 'vite';
import { works } from '../support/page.mjs';
import { project } from '../support/project.mjs';
import { worksInDevelopment } from '../support/vite.mjs';

test('Vite, build', async () => {
  const folder = project();
  await build({ root: folder, logLevel: 'error' });
  await works(join(folder, 'dist'));
});

test('Vite, build for a path', async () => {
  const folder = project();
  await build({ root: folder, logLevel: 'error', base: '/some/where/' });
  await works(join(folder, 'dist'), { path: '/some/where/' });
});

test('Vite, dev server', async () => {
  const folder = project();
  await worksInDevelopment(createServer, folder);
});
