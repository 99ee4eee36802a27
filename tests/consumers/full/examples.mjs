// examples/vite-react, as Vite builds it and as its dev server runs it.
import { join } from 'node:path';
import { test } from 'node:test';
import { build, createServer } from 'vite';
import { shows, uses, usesServed } from '../support/page.mjs';
import { example } from '../support/project.mjs';

const folder = example('vite-react', 'public/models');

async function asks(page) {
  await shows(page, 'li:first-child', 'How do I reset my password?');
  await page.getByLabel('Question').fill('the thing arrived in pieces');
  await shows(page, 'li:first-child', 'How do I return a broken product?');
}

test('examples/vite-react, built', async () => {
  await build({ root: folder, logLevel: 'error' });
  await usesServed(join(folder, 'dist'), asks);
});

test('examples/vite-react, dev server', async () => {
  const vite = await createServer({
    root: folder,
    logLevel: 'error',
    server: { port: 0, host: 'localhost' },
  });
  try {
    await vite.listen();
    await uses(vite.resolvedUrls.local[0], asks);
  } finally {
    await vite.close();
  }
});
