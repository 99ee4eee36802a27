// The comparison of sentences, worked by keyboard alone.
import type { Page } from '@playwright/test';
import { expect, openReady, test } from './site';

const cell = (page: Page, row: number, column: number) =>
  page
    .getByRole('table')
    .getByRole('row')
    .nth(row)
    .locator('td')
    .nth(column - 1);

const sentence = (page: Page, n: number) => page.getByLabel(`Sentence ${n}`, { exact: true });

/** The number in a cell, once the sentences have been encoded. */
async function similarity(page: Page, row: number, column: number): Promise<number> {
  await expect(cell(page, row, column)).not.toHaveClass(/waits/);
  return Number((await cell(page, row, column).textContent())!.replace('−', '-'));
}

test('a doctor is like a physician and unlike a banana', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  expect(await similarity(page, 1, 2)).toBeCloseTo(0.86, 1);
  expect(await similarity(page, 1, 3)).toBeCloseTo(0.34, 1);
  expect(await similarity(page, 2, 1)).toBe(await similarity(page, 1, 2));
  expect(await similarity(page, 3, 3)).toBe(1);
  await expect(page.getByText(/3 sentences encoded in [\d.,]+ m?s/)).toBeVisible();
});

test('everything can be done by keyboard', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await sentence(page, 1).focus();
  // Enter goes from row to row, and past the last to a new one.
  for (const n of [2, 3, 4]) {
    await page.keyboard.press('Enter');
    await expect(sentence(page, n)).toBeFocused();
  }
  expect(await cell(page, 4, 1).textContent()).toBe('–');
  await page.keyboard.type('A physician looked after the sick.');
  await expect(cell(page, 4, 1)).toHaveText(/\d/);
  expect(await similarity(page, 4, 2)).toBeGreaterThan(await similarity(page, 4, 3));

  // The row above, changed: the table follows.
  await sentence(page, 3).focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('doctor');
  await expect(cell(page, 1, 3)).toHaveText('1.00');

  // Removing keeps the focus among the rows, down to the last two.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Remove sentence 3' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(sentence(page, 3)).toBeFocused();
  await expect(sentence(page, 3)).toHaveValue(/looked after/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(sentence(page, 2)).toBeFocused();
  for (const remove of await page.getByRole('button', { name: /^Remove sentence/ }).all())
    await expect(remove).toBeDisabled();

  // The button adds as Enter does.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Add a sentence' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(sentence(page, 3)).toBeFocused();
});

test('a table that goes on beyond its edge fades there', async ({ page, server, errors: _ }) => {
  await page.setViewportSize({ width: 390, height: 780 });
  await openReady(page, server);
  const table = page.locator('#matrix');
  await expect(table).not.toHaveAttribute('data-more');
  for (let n = 4; n <= 7; n++) await page.getByRole('button', { name: 'Add a sentence' }).press('Enter');
  await expect(table).toHaveAttribute('data-more');
  await expect(table).toHaveCSS('mask-image', /gradient/);
  await table.evaluate((table) => table.scrollTo({ left: table.scrollWidth, behavior: 'instant' }));
  await expect(table).not.toHaveAttribute('data-more');
});
