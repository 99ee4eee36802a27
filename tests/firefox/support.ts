import puppeteer, { type Browser, type BrowserContext, type LaunchOptions, type Page } from 'puppeteer-core';
import { loadHere, test as base, type Outcome, type Visit } from '../browser/weights/support';
import { expect } from '../browser/support/test';

/** Starts the Firefox that FIREFOX_PATH names, without a window. */
export function launch(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = process.env.FIREFOX_PATH;
  if (!executablePath) throw new Error('FIREFOX_PATH names no Firefox: run `npm test -- firefox`');
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true, ...options });
}

/** Ends a Firefox as a crash does, which leaves it no moment to tidy up. */
export async function kill(firefox: Browser): Promise<void> {
  const running = firefox.process()!;
  const gone = new Promise((resolve) => running.once('exit', resolve));
  running.kill('SIGKILL');
  await gone;
}

/** Loads MiniLM on the page, from the test server unless `options` say otherwise. */
export function visit(page: Page, options: Visit = { baseUrl: '/models' }): Promise<Outcome> {
  return page.evaluate(loadHere, options);
}

/** A further tab of the same visitor. */
export async function open(visitor: BrowserContext, origin: string): Promise<Page> {
  const page = await visitor.newPage();
  await page.goto(`${origin}/blank.html`);
  return page;
}

export const test = base.extend<{ visitor: BrowserContext; tab: Page }, { firefox: Browser }>({
  firefox: [
    async ({}, use) => {
      const firefox = await launch();
      await use(firefox);
      await firefox.close();
    },
    { scope: 'worker' },
  ],

  /** Someone who was never here before: nothing is kept for them. */
  visitor: async ({ firefox }, use) => {
    const visitor = await firefox.createBrowserContext();
    await use(visitor);
    await visitor.close();
  },

  /** A page that can import 'edgebert' and does nothing yet. Its own errors fail the test. */
  tab: async ({ visitor, host, server }, use) => {
    void host;
    const tab = await open(visitor, server.origin);
    const errors: unknown[] = [];
    tab.on('pageerror', (error) => {
      // Firefox counts a request that may not be read as an error of the page.
      if (!String(error).includes('Cross-Origin Request Blocked')) errors.push(error);
    });
    await use(tab);
    expect(errors).toEqual([]);
  },
});

export { expect };
