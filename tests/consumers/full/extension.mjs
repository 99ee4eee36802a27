// examples/chrome-extension, an extension of Manifest V3: its background and its popup, all files its own.
import { chromium } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { modelFile } from '../support/golden.mjs';
import { computes, launch, shows } from '../support/page.mjs';
import { page, program, project } from '../support/project.mjs';

let context;
let address;

before(async () => {
  const example = project({ from: '../../examples/chrome-extension' });
  execFileSync(process.execPath, ['prepare.mjs', dirname(dirname(modelFile))], { cwd: example });
  const folder = join(example, 'extension');
  for (const entry of ['index', 'inline']) {
    writeFileSync(join(folder, `${entry}.js`), program("{ baseUrl: '/models' }", `./edgebert/${entry}.js`));
    writeFileSync(join(folder, `${entry}.html`), page(`${entry}.js`));
  }
  // With a profile that Playwright makes and removes.
  context = await chromium.launchPersistentContext('', {
    ...launch,
    // The headless mode that is the same browser; the other knows no extensions.
    headless: false,
    args: [
      ...launch.args,
      '--headless=new',
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
    ],
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  address = new URL('/', worker.url()).href;
});
after(() => context?.close());

async function open(name) {
  const opened = await context.newPage();
  await opened.goto(`${address}${name}`);
  return opened;
}

test('examples/chrome-extension compares two sentences, in its popup and in its background', async () => {
  const popup = await open('popup.html');
  for (const place of ['#popup', '#background']) await shows(popup, place, /^0\.58$/);
  await popup.close();
});

for (const entry of ['index', 'inline']) {
  test(`a page of an extension: edgebert/${entry}`, async () => {
    const opened = await open(`${entry}.html`);
    await computes(opened);
    await opened.close();
  });
}
