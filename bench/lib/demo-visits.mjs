// Visits of the demo as people make them, each with a browser profile of its own.
import { quantile } from './stats.mjs';

/** 3.2 Mbit/s, and the latency of a mobile network. */
const SLOW = { offline: false, downloadThroughput: 3.2e6 / 8, uploadThroughput: 1e6 / 8, latency: 60 };
const TYPED = ' of a small house by the sea, with a boat and a cat that sleeps all day long';
const READY = '#state[data-state=ready]';

/** From each of some 75 keystrokes to the answers' paint, as the page measures it. */
export function keystrokes(browser, url) {
  return visit(browser, async (page) => {
    await page.goto(url);
    await page.waitForSelector(READY, { timeout: 60_000 });
    await page.locator('#query').press('End');
    await page.keyboard.type(TYPED, { delay: 120 });
    await page.waitForTimeout(500);
    const ms = await page.evaluate(() =>
      performance.getEntriesByName('edgebert:keystroke-to-paint').map(({ duration }) => duration),
    );
    return { keys: ms.length, p50Ms: quantile(ms, 0.5), p95Ms: quantile(ms, 0.95), mostMs: Math.max(...ms) };
  });
}

/**
 * Milliseconds from the address to something useful on a slow line: the examples' answers, and the map with
 * its points; and to the largest paint.
 */
export function slowVisit(browser, url) {
  return visit(browser, async (page, context) => {
    const client = await context.newCDPSession(page);
    await client.send('Network.emulateNetworkConditions', SLOW);
    const start = performance.now();
    const since = () => Math.round(performance.now() - start);
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForSelector('#answers .entry:not(.waits) .word');
    const answersMs = since();
    await page.waitForFunction(() => document.querySelector('#map-count').textContent !== '');
    const mapMs = since();
    const largestPaintMs = await page.evaluate(
      () =>
        new Promise((resolve) => {
          new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({
            type: 'largest-contentful-paint',
            buffered: true,
          });
        }),
    );
    return { answersMs, mapMs, largestPaintMs: Math.round(largestPaintMs) };
  });
}

/** Milliseconds from the address to a model that answers, on a second visit without a network. */
export function offlineVisit(browser, url) {
  return visit(browser, async (page, context) => {
    await page.goto(url);
    await page.waitForSelector(READY, { timeout: 60_000 });
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(async () => (await (await caches.open('edgebert-words')).keys()).length === 2);
    await page.close();
    await context.setOffline(true);
    const second = await context.newPage();
    const start = performance.now();
    await second.goto(`${url}?q=the+sound+a+cat+makes`);
    await second.waitForSelector(READY, { timeout: 60_000 });
    await second.waitForFunction(() => document.querySelector('#answers .word')?.textContent === 'meow');
    return { answersMs: Math.round(performance.now() - start) };
  });
}

/** The page's race against transformers.js, with what it fetches from its hosts served from this machine. */
export function race(browser, url) {
  return visit(browser, async (page, context) => {
    const { origin } = new URL(url);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    const places = [
      [/^https:\/\/cdn\.jsdelivr\.net\/npm\/@huggingface\/transformers@[^/]+\//, '/transformers/'],
      [/^https:\/\/cdn\.jsdelivr\.net\/npm\/onnxruntime-web@[^/]+\//, '/transformers-onnxruntime-web/'],
      [
        /^https:\/\/huggingface\.co\/Xenova\/all-MiniLM-L6-v2\/resolve\/main\//,
        '/transformers-model/MiniLM/',
      ],
    ];
    await context.route(/^https:\/\//, async (route) => {
      const asked = route.request().url();
      const [from, to] = places.find(([from]) => from.test(asked)) ?? [];
      if (!from) return route.abort();
      const response = await fetch(origin + asked.replace(from, to));
      await route.fulfill({
        status: response.status,
        body: Buffer.from(await response.arrayBuffer()),
        contentType: response.headers.get('content-type'),
        headers: { 'access-control-allow-origin': '*' },
      });
    });
    await page.goto(url);
    await page.waitForSelector(READY, { timeout: 60_000 });
    await page.getByRole('button', { name: 'Start the race' }).click();
    const said = page.locator('#race-said');
    await page.waitForFunction(
      () => /^On this device|stopped/.test(document.querySelector('#race-said').textContent),
      undefined,
      { timeout: 300_000 },
    );
    const rows = await page
      .locator('#race-table tr')
      .evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    return { verdict: await said.textContent(), rows };
  });
}

async function visit(browser, use) {
  const context = await browser.newContext();
  try {
    return await use(await context.newPage(), context);
  } finally {
    await context.close();
  }
}
