// An extension of Manifest V3 in Chromium: its background service worker and its popup, all files its own.
import { chromium } from '@playwright/test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { modelFile, right, texts } from '../support/golden.mjs';
import { computes, launch } from '../support/page.mjs';
import { installed, program, project } from '../support/project.mjs';

let context;
let address;

before(async () => {
  const folder = project({
    from: 'extension',
    text: program("{ baseUrl: '/models' }", './edgebert/index.js'),
  });
  cpSync(join(installed(folder), 'dist'), join(folder, 'edgebert'), { recursive: true });
  // Chromium takes no folder that has names such as node_modules/.bin.
  rmSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'inline.js'), program("{ baseUrl: '/models' }", './edgebert/inline.js'));
  writeFileSync(join(folder, 'texts.js'), `export const texts = ${JSON.stringify(texts)};\n`);
  const models = join(folder, 'models/all-MiniLM-L6-v2');
  mkdirSync(models, { recursive: true });
  cpSync(modelFile, join(models, 'model-int8.safetensors'));
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

async function open(page) {
  const opened = await context.newPage();
  await opened.goto(`${address}${page}`);
  return opened;
}

test('an extension’s popup', async () => {
  const page = await open('popup.html');
  await computes(page);
  await page.close();
});

test('an extension’s background', async () => {
  const page = await open('popup.html');
  const { vectors, error } = await page.evaluate(() => chrome.runtime.sendMessage('encode'));
  assert.equal(error, undefined);
  await right(vectors);
  await page.close();
});

test('the inline entry in an extension', async () => {
  const page = await open('inline.html');
  await computes(page);
  await page.close();
});
