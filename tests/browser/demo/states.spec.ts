// How the page looks and what it says to assistive technology in the states that a visit can have, beside the
// usual one. Each leaves a screenshot in the test's output.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { answers, expect, INDEX, open, openReady, test } from './site';

const PHONE = { width: 390, height: 780 };

type Visit = Parameters<Parameters<typeof test>[2]>[0];

const STATES: Record<string, (visit: Pick<Visit, 'page' | 'server'>) => Promise<void>> = {
  'while it loads': async ({ page, server }) => {
    server.answer(INDEX(), (_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('EDGEBIDX');
    });
    await open(page, server);
    await expect(page.locator('#state')).toHaveAttribute('data-state', 'loading');
    await expect(page.locator('#state-text')).toContainText('left of');
  },
  'when loading fails': async ({ page, server }) => {
    server.answer(INDEX(), (_, response) => response.writeHead(404).end());
    await open(page, server);
    await expect(page.locator('#state')).toHaveAttribute('data-state', 'failed');
  },
  'when loading is cancelled': async ({ page, server }) => {
    server.answer(INDEX(), (_, response) =>
      response.writeHead(200, { 'content-length': '1000000' }).write('E'),
    );
    await open(page, server);
    await page.getByRole('button', { name: 'Cancel' }).first().press('Enter');
    await expect(page.locator('#state')).toHaveAttribute('data-state', 'stopped');
  },
  'when the browser saves data': async ({ page, server }) => {
    await page.addInitScript(() =>
      Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true }),
    );
    await open(page, server);
    await expect(page.locator('#state')).toHaveAttribute('data-state', 'asks');
  },
  'when nothing is typed': async ({ page, server }) => {
    await openReady(page, server);
    await page.locator('#query').fill('');
    await expect(page.locator('#answers-empty')).toBeVisible();
  },
  'when nothing is close': async ({ page, server }) => {
    await openReady(page, server, `?q=${encodeURIComponent('高所恐怖症')}`);
    await expect(page.locator('#answers-note')).not.toBeEmpty();
  },
  'of a group of people': async ({ page, server }) => {
    await openReady(page, server);
    await page.locator('#query').fill('an African American');
    await expect(page.locator('#answers-note')).not.toBeEmpty();
  },
  'when files were left out': async ({ page, server }) => {
    await openReady(page, server);
    const file = (name: string) => ({ name, mimeType: '', buffer: Buffer.from('\0') });
    await page
      .locator('#files')
      .setInputFiles(['a-picture-with-a-long-name.png', 'letter.docx', 'b.zip'].map(file));
    await expect(page.locator('#indexing-text')).toContainText('Left out:');
  },
  'with an answer looked around and the map zoomed': async ({ page, server }) => {
    await openReady(page, server);
    await answers(page).nth(1).press('Enter');
    await page.getByRole('button', { name: 'Zoom in' }).press('Enter');
    await expect(page.locator('#plot-labels .hit').first()).toBeAttached();
  },
  'with passages, their prompt and all code open': async ({ page, server }) => {
    await openReady(page, server);
    await expect(page.locator('#passages li').first()).toBeVisible();
    await page
      .locator('details')
      .evaluateAll((all) => all.forEach((one) => ((one as HTMLDetailsElement).open = true)));
  },
};

for (const [state, reach] of Object.entries(STATES)) {
  test(`accessible ${state}`, async ({ page, server }, info) => {
    await page.setViewportSize(PHONE);
    await reach({ page, server });
    await look(page, info.outputPath('state.png'));
  });
}

const MEDIA = {
  'with forced colours': { forcedColors: 'active' },
  'with reduced motion': { reducedMotion: 'reduce' },
} as const;

for (const [name, media] of Object.entries(MEDIA)) {
  test(`accessible ${name}`, async ({ page, server, errors: _ }, info) => {
    await page.emulateMedia(media);
    await openReady(page, server);
    await look(page, info.outputPath('media.png'));
  });
}

test.describe('at a zoom of 200 %', () => {
  // What a window of 1280 px has then: half the CSS pixels, each of twice the size.
  test.use({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });

  test('the page is whole', async ({ page, server, errors: _ }, info) => {
    await openReady(page, server);
    await look(page, info.outputPath('zoom.png'));
  });
});

/** No finding of axe, no sideways scrolling, and a picture to look at. */
async function look(page: Page, path: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.screenshot({ path, fullPage: true });
}
