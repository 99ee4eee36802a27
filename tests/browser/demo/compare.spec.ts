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

test('sentences that share no word are alike, and a shared word is not enough', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const [alike, apart] = [await similarity(page, 1, 2), await similarity(page, 2, 3)];
  expect(alike).toBeGreaterThan(apart + 0.2);
  expect(await similarity(page, 2, 1)).toBe(alike);
  expect(await similarity(page, 3, 3)).toBe(1);
  await expect(page.getByText(/4 sentences encoded in [\d.,]+ m?s/)).toBeVisible();
});

test('the sentences are in the address, and a cell lights up its two', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server, '?s=a+doctor&s=a+physician&s=a+banana');
  await expect(sentence(page, 3)).toHaveValue('a banana');
  // The table is made anew when the vectors arrive.
  await expect(cell(page, 1, 2)).toHaveText(/\d/);
  await cell(page, 1, 2).hover();
  const lit = page.locator('#rows li.lit textarea');
  await expect(lit).toHaveCount(2);
  await page.mouse.move(0, 0);
  await expect(lit).toHaveCount(0);
  await sentence(page, 2).focus();
  await expect(page.locator('#matrix thead th.lit')).toHaveText(/^2/);
  await sentence(page, 3).fill('a nurse');
  await expect(page).toHaveURL(/s=a\+physician&s=a\+nurse$/);
  await page.reload();
  await expect(sentence(page, 3)).toHaveValue('a nurse');
});

test('everything can be done by keyboard', async ({ page, server, errors: _ }) => {
  await openReady(page, server, '?s=doctor&s=physician&s=banana');
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
  await openReady(page, server, '?s=doctor&s=physician&s=banana');
  const table = page.locator('#matrix');
  await expect(table).not.toHaveAttribute('data-more');
  for (let n = 4; n <= 7; n++) await page.getByRole('button', { name: 'Add a sentence' }).press('Enter');
  await expect(table).toHaveAttribute('data-more');
  await expect(table).toHaveCSS('mask-image', /gradient/);
  await table.evaluate((table) => table.scrollTo({ left: table.scrollWidth, behavior: 'instant' }));
  await expect(table).not.toHaveAttribute('data-more');
});
