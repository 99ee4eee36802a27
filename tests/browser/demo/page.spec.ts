// The page as a whole: accessibility, calm, privacy, and how it looks.
import AxeBuilder from '@axe-core/playwright';
import { asset, expect, open, openReady, test } from './site';

const WIDTHS = [320, 390, 820, 1440, 1920];

for (const width of WIDTHS) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${width} px, ${colorScheme}: nothing moves or sticks out, and nothing shuts anybody out`, async ({
      page,
      server,
      errors: _,
    }, info) => {
      await page.setViewportSize({ width, height: width < 500 ? 780 : 900 });
      await page.emulateMedia({ colorScheme });
      await page.addInitScript(() => {
        const shifts: { value: number; nodes: string[] }[] = [];
        Object.assign(globalThis, { shifts });
        new PerformanceObserver((list) => {
          type Shift = PerformanceEntry & { value: number; sources: { node?: Element }[] };
          for (const { value, sources } of list.getEntries() as Shift[]) {
            // A font that comes late may move a letter by a hair's breadth.
            if (value > 0.001)
              shifts.push({ value, nodes: sources.map(({ node }) => node?.id || node?.nodeName || 'gone') });
          }
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await openReady(page, server);
      await expect(page.getByText(/4 sentences encoded/)).toBeVisible();
      expect(await page.evaluate(() => (globalThis as unknown as { shifts: unknown[] }).shifts)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: info.outputPath(`demo-${width}-${colorScheme}.png`), fullPage: true });

      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
    });
  }
}

test('where its fonts are late, the page fits a phone all the same', async ({ page, server }) => {
  for (const font of [/normal.*\.woff2$/, /italic.*\.woff2$/]) {
    server.answer(asset(font), (_, response) => response.writeHead(404).end());
  }
  await page.setViewportSize({ width: 360, height: 780 });
  await openReady(page, server);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

test('nothing is asked of any other host, and nothing could be', async ({ page, server }) => {
  const hosts = new Set<string>();
  page.context().on('request', (request) => hosts.add(new URL(request.url()).host));
  await openReady(page, server);
  expect([...hosts]).toEqual([new URL(server.origin).host]);
  const refused = await page.evaluate(() =>
    fetch('https://example.com/').then(
      () => 'sent',
      () => 'refused',
    ),
  );
  expect(refused).toBe('refused');
});

test('the theme that was chosen stays', async ({ page, server, errors: _ }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await openReady(page, server);
  const bar = page.locator('meta[name="theme-color"]').first();
  await expect(bar).toHaveAttribute('content', 'rgb(248, 245, 238)');
  await page.getByRole('button', { name: 'Dark colours' }).press('Enter');
  await expect(bar).toHaveAttribute('content', 'rgb(23, 21, 18)');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(bar).toHaveAttribute('content', 'rgb(23, 21, 18)');
  await page.getByRole('button', { name: 'Light colours' }).press('Enter');
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
});

test('Tab reaches all parts in their order, and the links of the head lead to them', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the search' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.locator('#query')).toBeFocused();
  const seen: string[] = [];
  for (let i = 0; i < 70 && seen.at(-1) !== 'install'; i++) {
    await page.keyboard.press('Tab');
    const section = await page.evaluate(() => document.activeElement?.closest('section')?.id ?? '');
    if (section && section !== seen.at(-1)) seen.push(section);
  }
  expect(seen).toEqual(['words', 'documents', 'compare', 'speed', 'install']);
});

test('the figures are of this visit, and there is none before it means something', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const figures = page.locator('#figures-list');
  for (const text of ['12.0 MB', 'over the network', 'all-MiniLM-L6-v2', '384 numbers', 'on disk']) {
    await expect(figures).toContainText(text);
  }
  await expect(figures).toContainText('One textafter a few searches'.replace('after', '–after'));
  await page.locator('#query').press('End');
  await page.keyboard.type(' again', { delay: 60 });
  await expect(figures).toContainText(/One text[\d.]+ ms/);
  await expect(figures).toContainText(/One search[\d.]+ ms/);
});

test('a link to the page shows a picture and what it is', async ({ page, server, errors: _ }) => {
  await open(page, server);
  const picture = await page.locator('meta[property="og:image"]').getAttribute('content');
  const response = await page.request.get(new URL(picture!, page.url()).href);
  expect(response.headers()['content-type']).toBe('image/png');
  await expect(page.locator('meta[property="og:description"]')).toHaveAttribute(
    'content',
    /reverse dictionary/,
  );
});
