// Pages in a headless Chromium, with nothing else going on in it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stop } from '../../scripts/lib/say.mjs';

// As root, which is who runs in containers, Chromium wants to go without its sandbox.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export const FLAGS = [...asRoot, '--disable-quic'];

/** Calls `use(browser)` and closes the browser in any case. `flags` are Chromium's. */
export async function withBrowser(use, flags = []) {
  const { chromium } = await import('@playwright/test');
  const args = [...FLAGS, ...flags];
  const browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** Calls `use(context)` with a profile on disk that nobody has used before, in a browser of its own. */
export async function withProfile(use) {
  const { chromium } = await import('@playwright/test');
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  const options = { executablePath: process.env.CHROME_PATH, args: FLAGS };
  const context = await chromium.launchPersistentContext(folder, options);
  try {
    return await use(context);
  } finally {
    await context.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Opens `url`, calls `use(page)` once the page has set `window.ready`, and closes the page. An error
 * that nothing in the page catches ends the run.
 *
 * @param context a browser or a browser context
 */
export async function openPage(context, url, use) {
  const page = await context.newPage();
  const broken = new Promise((_, reject) => {
    page.on('pageerror', (error) => reject(new Stop('The page that measures failed.', error.stack)));
    page.on('crash', () => reject(new Stop('The page that measures crashed.')));
  });
  const work = async () => {
    await page.goto(url);
    await page.waitForFunction(() => window.ready, undefined, { timeout: 120_000 });
    return use(page);
  };
  try {
    return await Promise.race([work(), broken]);
  } finally {
    await page.close();
  }
}
