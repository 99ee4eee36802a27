// The demo, built as a user's app and served from a folder deep in a host, worked by keyboard.
import type { Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { demo } from './support/paths';
import { TestServer } from './support/server';
import { expect, test } from './support/test';

const PLACE = '/some/where/deep/';
const MODEL = `${PLACE}models/all-MiniLM-L6-v2/model-int8.safetensors`;

test.describe.configure({ mode: 'serial' });

let folder: string;
let server: TestServer;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgebert-demo-'));
  await build({ configFile: join(demo, 'vite.config.ts'), logLevel: 'error', build: { outDir: folder } });
  server = await TestServer.start();
  server.mount(PLACE, `${folder}/`);
});

test.beforeEach(() => server.reset());

test.afterAll(async () => {
  await server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

async function open(page: Page): Promise<void> {
  await page.goto(`${server.origin}${PLACE}`);
}

async function openReady(page: Page): Promise<void> {
  await open(page);
  await expect(page.getByRole('status')).toContainText('Model ready');
}

const cell = (page: Page, row: number, column: number) =>
  page.getByRole('table').getByRole('row').nth(row).locator('td').nth(column - 1);

/** The number in a cell, once the sentences have been encoded. */
async function similarity(page: Page, row: number, column: number): Promise<number> {
  await expect(cell(page, row, column)).not.toHaveClass(/waits/);
  return Number((await cell(page, row, column).textContent())!.replace('−', '-'));
}

test('a doctor is like a physician and unlike a banana', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await openReady(page);
  expect(await similarity(page, 1, 2)).toBeCloseTo(0.86, 1);
  expect(await similarity(page, 1, 3)).toBeCloseTo(0.34, 1);
  expect(await similarity(page, 2, 1)).toBe(await similarity(page, 1, 2));
  expect(await similarity(page, 3, 3)).toBe(1);
  await expect(page.getByText(/3 sentences encoded in [\d.]+ ms/)).toBeVisible();
  expect(errors).toEqual([]);
});

test('everything can be done by keyboard', async ({ page }) => {
  await openReady(page);
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Sentence 1', { exact: true })).toBeFocused();

  // Enter goes from row to row, and past the last to a new one.
  for (const sentence of [2, 3, 4]) {
    await page.keyboard.press('Enter');
    await expect(page.getByLabel(`Sentence ${sentence}`, { exact: true })).toBeFocused();
  }
  expect(await cell(page, 4, 1).textContent()).toBe('–');
  await page.keyboard.type('A physician looked after the sick.');
  await expect(cell(page, 4, 1)).toHaveText(/\d/);
  expect(await similarity(page, 4, 2)).toBeGreaterThan(await similarity(page, 4, 3));

  // The row above, changed: the table follows.
  await page.getByLabel('Sentence 3', { exact: true }).focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('doctor');
  await expect(cell(page, 1, 3)).toHaveText('1.00');

  // Removing keeps the focus among the rows, down to the last two.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Remove sentence 3' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Sentence 3', { exact: true })).toBeFocused();
  await expect(page.getByLabel('Sentence 3', { exact: true })).toHaveValue(/looked after/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(page.getByLabel('Sentence 2', { exact: true })).toBeFocused();
  await expect(page.getByRole('button', { name: /^Remove/ })).toHaveCount(2);
  for (const remove of await page.getByRole('button', { name: /^Remove/ }).all()) await expect(remove).toBeDisabled();

  // The button adds as Enter does.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Add a sentence' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Sentence 3', { exact: true })).toBeFocused();
});

test('the second visit takes the model from the browser', async ({ page }) => {
  await openReady(page);
  await expect(page.getByRole('status')).toContainText('from the network');
  server.log.length = 0;
  await page.reload();
  await expect(page.getByRole('status')).toContainText('from this browser');
  expect(server.log.filter(({ path }) => path === MODEL)).toEqual([]);
});

test('a missing model is told, and another try mends it', async ({ page }) => {
  server.answer(MODEL, (_, response) => response.writeHead(404).end());
  await open(page);
  await expect(page.getByRole('alert')).toContainText('404');
  await expect(page.getByRole('status')).toHaveText('The model is not loaded');
  server.reset();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toContainText('Model ready');
  await expect(page.getByRole('alert')).toBeEmpty();
  expect(await similarity(page, 1, 2)).toBeCloseTo(0.86, 1);
});

test('loading can be cancelled and taken up again', async ({ page }) => {
  let held: (() => void) | undefined;
  server.answer(MODEL, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    held = () => response.destroy();
  });
  await open(page);
  await page.getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(page.getByRole('status')).toHaveText('The model is not loaded');
  await expect(page.getByRole('alert')).toBeEmpty();
  held?.();
  server.reset();
  await page.getByRole('button', { name: 'Load the model' }).press('Enter');
  await expect(page.getByRole('status')).toContainText('Model ready');
});

for (const width of [390, 1280]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`nothing moves or sticks out: ${width} pixels wide, ${colorScheme}`, async ({ page }, info) => {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      await page.addInitScript(() => {
        const shifts: string[] = [];
        Object.assign(globalThis, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { sources: { node?: Element }[] })[]) {
            shifts.push(...entry.sources.map(({ node }) => node?.id || node?.nodeName || 'gone'));
          }
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await openReady(page);
      await similarity(page, 1, 2);
      expect(await page.evaluate(() => (globalThis as unknown as { shifts: string[] }).shifts)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: info.outputPath(`demo-${width}-${colorScheme}.png`), fullPage: true });
    });
  }
}
