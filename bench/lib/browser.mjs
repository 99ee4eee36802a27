// One page in a headless Chromium, with nothing else going on in it.
import { Stop } from '../../scripts/lib/say.mjs';

// As root, which is who runs in containers, Chromium wants to go without its sandbox.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const FLAGS = [
  ...asRoot,
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Opens `url` and calls `use(page, version)` once the page has set `window.ready`; closes the browser in
 * any case. What the page throws or fails to load ends the run.
 */
export async function withPage(url, use) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath: process.env.CHROME_PATH, args: FLAGS });
  try {
    const page = await browser.newPage();
    const broken = new Promise((_, reject) => {
      page.on('pageerror', (error) => reject(new Stop('The page that measures failed.', error.stack)));
      page.on('crash', () => reject(new Stop('The page that measures crashed.')));
    });
    const work = async () => {
      await page.goto(url);
      await page.waitForFunction(() => window.ready, undefined, { timeout: 120_000 });
      return use(page, browser.version());
    };
    return await Promise.race([work(), broken]);
  } finally {
    await browser.close();
  }
}
