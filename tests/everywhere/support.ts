import { chromium } from '@playwright/test';
import { chromiumLaunch } from '../browser/support/paths';
import { expect } from '../browser/support/test';
import { loadHere, test as base, type Outcome, type Visit } from '../browser/weights/support';
import { startFirefox } from './firefox';
import type { Running, Tab } from './tab';
import { startWebKit } from './webkit';

const STARTS: Readonly<Record<string, () => Promise<Running>>> = {
  firefox: startFirefox,
  webkit: startWebKit,
};

/** Loads MiniLM on the page, from the test server unless `options` say otherwise. */
export function visit(tab: Tab, options: Visit = { baseUrl: '/models' }): Promise<Outcome> {
  return tab.evaluate(loadHere, options);
}

export const test = base.extend<{ tab: Tab; again: () => Promise<void> }, { running: Running }>({
  running: [
    async ({}, use, { project }) => {
      const running = await STARTS[project.name]!();
      await use(running);
      await running.close();
    },
    { scope: 'worker' },
  ],

  /** A page that can import 'edgebert' and does nothing yet. */
  tab: async ({ running, host, server }, use) => {
    void host;
    const visitor = await running.newVisitor();
    await visitor.tab.goto(`${server.origin}/blank.html`);
    await use(visitor.tab);
    await visitor.leave();
  },

  visit: async ({ tab }, use) => {
    await use((options) => visit(tab, options));
  },

  /** Comes back to the page: all is gone but what the browser keeps. */
  again: async ({ tab, server }, use) => {
    await use(() => tab.goto(`${server.origin}/blank.html`));
  },
});

/** The same work on a page in Chromium, which the others are compared with. */
export async function inChromium<Result, Argument>(
  origin: string,
  work: (argument: Argument) => Promise<Result>,
  argument: Argument,
): Promise<Result> {
  const browser = await chromium.launch(chromiumLaunch());
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/blank.html`);
    return (await page.evaluate(work as never, argument as never)) as Result;
  } finally {
    await browser.close();
  }
}

export { expect };
