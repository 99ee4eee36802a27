// The demo as `npm run demo:build` leaves it, served from a folder deep in a host.
import type { Page } from '@playwright/test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { demo } from '../support/paths';
import { TestServer } from '../support/server';
import { expect as plainExpect, test as base } from '../support/test';

/** The page waits for a model that shares the machine with other tests. */
const expect = plainExpect.configure({ timeout: 20_000 });

const folder = join(demo, 'dist');

/** Where the page is on its host. */
export const PLACE = '/some/where/deep/';

/** The address of a built file, whose name has a hash in it. */
export function asset(name: RegExp): string {
  const file = readdirSync(join(folder, 'assets')).find((file) => name.test(file));
  if (!file) throw new Error(`the built demo has no ${name}`);
  return `${PLACE}assets/${file}`;
}

/** The file on this disk that is served at an address. */
export function built(address: string): string {
  return join(folder, address.slice(PLACE.length));
}

export const MODEL = () => asset(/\.safetensors$/);
export const INDEX = () => asset(/\.index$/);
export const MAP = () => asset(/\.map$/);

/** Opens the page without waiting for anything but its HTML. */
export async function open(page: Page, server: TestServer, query = ''): Promise<void> {
  await page.goto(`${server.origin}${PLACE}${query}`, { waitUntil: 'domcontentloaded' });
}

/** Opens the page, and waits for the model, the words, and the answers to what stands in the field. */
export async function openReady(page: Page, server: TestServer, query = ''): Promise<void> {
  await open(page, server, query);
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  await expect(answers(page).first()).toBeVisible();
}

/** The words that answer, the best first. */
export const answers = (page: Page) => page.locator('#answers .entry:not(.waits) button.word');

/** The search field, emptied and with the focus. */
export async function startTyping(page: Page): Promise<void> {
  await page.keyboard.press('/');
  await expect(page.locator('#query')).toBeFocused();
}

export const test = base.extend<{ server: TestServer; errors: string[] }>({
  /** A server of the built page; every test has its own origin, and with it its own storage. */
  server: async ({}, use) => {
    if (!existsSync(join(folder, 'index.html')))
      throw new Error(`${folder} is missing: run \`npm run demo:build\``);
    const server = await TestServer.start();
    server.mount(PLACE, `${folder}/`);
    await use(server);
    await server.close();
  },

  /** What the page complained about, for tests in which nothing should go wrong. */
  errors: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await use(errors);
    expect(errors).toEqual([]);
  },
});

export { expect };
