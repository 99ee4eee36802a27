import { test as base, expect, type Page } from '@playwright/test';
import { dist, fixtures, models } from './paths';
import { TestServer } from './server';

const IMPORT_MAP = '<script type="importmap">{ "imports": { "edgebert": "/dist/index.js" } }</script>';

/** An HTML page whose only content is `script`, a module that may import 'edgebert'. */
export function html(script = ''): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
${IMPORT_MAP}<script type="module">${script}</script></html>`;
}

/** The hub as the library knows it. */
export const HUB = 'https://huggingface.co/';

/**
 * Sends what a page or its workers ask of the Hugging Face hub to the local files, by a redirect as
 * the hub itself does. What isn't there answers 404. Returns the addresses asked for, as they come.
 */
export async function routeHub(page: Page, server: TestServer): Promise<string[]> {
  const asked: string[] = [];
  await page.context().route(`${HUB}**`, async (route) => {
    const url = route.request().url();
    asked.push(url);
    const path = new URL(url).pathname;
    const original = /\/sentence-transformers\/all-MiniLM-L6-v2\/resolve\/[^/]+\/(.+)$/.exec(path)?.[1];
    const file = original ? `checkpoint/${original}` : path.split('/').at(-1)!;
    await route.fulfill({
      status: 302,
      headers: {
        'access-control-allow-origin': '*',
        location: `${server.origin}/models/all-MiniLM-L6-v2/${file}`,
      },
    });
  });
  return asked;
}

export const test = base.extend<{ server: TestServer; blank: Page }, { sharedServer: TestServer }>({
  sharedServer: [
    async ({}, use) => {
      const server = await TestServer.start();
      server.mount('/dist/', dist);
      server.mount('/models/', models);
      server.mount('/fixtures/', fixtures);
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],

  /** The server, with an empty log and without special answers. */
  server: async ({ sharedServer }, use) => {
    sharedServer.reset();
    sharedServer.page('/blank.html', html());
    await use(sharedServer);
  },

  /** A page that can import 'edgebert' and does nothing yet. Its own errors fail the test. */
  blank: async ({ page, server }, use) => {
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(`${server.origin}/blank.html`);
    await use(page);
    expect(errors).toEqual([]);
  },
});

export { expect };
