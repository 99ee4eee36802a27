// Lighthouse, which is installed under bench/demo/ alone.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { FLAGS } from './browser.mjs';

const CATEGORIES = ['performance', 'accessibility', 'best-practices'];

/**
 * One run in a browser profile of its own.
 *
 * @param form 'phone', with Lighthouse's slowed-down processor and line, or 'desk'
 * @returns scores of 0 to 100, and what the performance score is made of, in milliseconds
 */
export async function lighthouse(url, form) {
  const require = createRequire(inRoot('bench', 'demo', 'package.json'));
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);
  const { default: run, desktopConfig } = await load('lighthouse');
  const { launch } = await load('chrome-launcher');
  const chrome = await launch({
    chromePath: process.env.CHROME_PATH,
    chromeFlags: ['--headless=new', ...FLAGS],
  });
  try {
    const flags = { port: chrome.port, logLevel: 'error', onlyCategories: CATEGORIES };
    const { lhr } = await run(url, flags, form === 'desk' ? desktopConfig : undefined);
    const scores = CATEGORIES.map((name) => [name, Math.round(100 * lhr.categories[name].score)]);
    const value = (audit) => Math.round(1000 * lhr.audits[audit].numericValue) / 1000;
    return {
      ...Object.fromEntries(scores),
      firstContentfulPaintMs: value('first-contentful-paint'),
      largestContentfulPaintMs: value('largest-contentful-paint'),
      totalBlockingMs: value('total-blocking-time'),
      speedIndexMs: value('speed-index'),
      layoutShift: value('cumulative-layout-shift'),
    };
  } finally {
    chrome.kill();
  }
}
