// Pages in a headless Firefox, over WebDriver BiDi.
import { Stop } from '../../scripts/lib/say.mjs';
import { setUpFirefox } from '../../scripts/toolchain/firefox.mjs';

/** Calls `use(firefox)` and closes it in any case; undefined where there is no Firefox. */
export async function withFirefox(use) {
  await setUpFirefox();
  const executablePath = process.env.FIREFOX_PATH;
  if (!executablePath) return undefined;
  const { default: puppeteer } = await import('puppeteer-core');
  const firefox = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    // One evaluation may take as long as 3,000 texts do.
    protocolTimeout: 600_000,
  });
  try {
    return await use(firefox);
  } finally {
    await firefox.close();
  }
}

/** As openPage of browser.mjs, in a Firefox. */
export async function openFirefoxPage(firefox, url, use) {
  const page = await firefox.newPage();
  const broken = new Promise((_, reject) => {
    page.on('pageerror', (error) => reject(new Stop('The page that measures failed.', error.stack)));
  });
  const work = async () => {
    await page.goto(url);
    await page.waitForFunction(() => window.ready, { timeout: 120_000 });
    return use(page);
  };
  try {
    return await Promise.race([work(), broken]);
  } finally {
    await page.close();
  }
}
