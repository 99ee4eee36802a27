// Texts of one's own: taken in, found, kept and dropped, by keyboard.
import type { Page } from '@playwright/test';
import { expect, open, openReady, test } from './site';

const GARDEN = 'Tomatoes want sun and warm soil. Water them at the root in the morning, and tie the stems to a stake.';
const CAR = 'The engine will not start when the battery is flat. Charge it overnight, or ask a neighbour for a jump lead.';

const shelf = (page: Page) => page.locator('#shelf li');
const passages = (page: Page) => page.locator('#passages li');

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel('Or paste a text').focus();
  await page.keyboard.insertText(text);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('#indexing-text')).toContainText('Read 1 text');
}

test('a pasted text is found by what it says, kept across visits, and dropped', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await paste(page, GARDEN);
  await paste(page, CAR);
  await expect(shelf(page)).toHaveCount(2);

  await page.reload();
  await expect(shelf(page)).toHaveCount(2);
  await page.getByLabel('Look in them').focus();
  await page.keyboard.type('growing vegetables');
  await expect(passages(page).first().locator('mark')).toContainText('Tomatoes want sun');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('my vehicle is broken');
  await expect(passages(page).first().locator('mark')).toContainText('The engine will not start');

  await page.getByRole('button', { name: /^Take The engine/ }).press('Enter');
  await expect(shelf(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: /^Take Tomatoes/ })).toBeFocused();
  await page.getByRole('button', { name: 'Take all off the shelf' }).press('Enter');
  await expect(shelf(page)).toHaveCount(0);
  await page.reload();
  await expect(page.locator('#shelf-count')).toHaveText('empty');
});

test('texts that begin alike are kept apart, and one that is stopped stays in its field', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await paste(page, `# Diary\n${GARDEN}`);
  await expect(page.getByLabel('Or paste a text')).toHaveValue('');
  await paste(page, `# Diary\n${CAR}`);
  await expect(shelf(page)).toHaveText([/^# Diary\d/, /^# Diary \(2\)/]);
  const long = Array.from({ length: 20_000 }, (_, i) => `Sentence ${i} of a text that takes long. `).join('');
  await page.getByLabel('Or paste a text').fill(long);
  await page.getByLabel('Or paste a text').press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#indexing').getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(page.locator('#indexing-text')).toContainText('Stopped.');
  await expect(page.getByLabel('Or paste a text')).toHaveValue(long);
  await expect(shelf(page)).toHaveCount(2);
});

test('files that are dropped before the model is there, or while others are read, have their turn', async ({ page, server, errors: _ }) => {
  await open(page, server);
  await page.evaluate(() => {
    for (const name of ['a.md', 'b.md', 'c.md']) {
      const data = new DataTransfer();
      data.items.add(new File([`${name} is about something.`], name, { type: 'text/markdown' }));
      document.getElementById('drop')!.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: data }));
    }
  });
  await expect(shelf(page)).toHaveCount(3);
});

test('files are read, and what is no text is named', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  server.log.length = 0;
  await page.locator('#files').setInputFiles([
    { name: 'garden.md', mimeType: 'text/markdown', buffer: Buffer.from(GARDEN) },
    { name: 'car.txt', mimeType: 'text/plain', buffer: Buffer.from(CAR) },
    { name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0]) },
  ]);
  await expect(shelf(page)).toHaveCount(2);
  await expect(page.locator('#indexing-text')).toContainText('Left out, being no text: picture.png');
  // Nothing of it was sent anywhere.
  expect(server.log).toEqual([]);
});

test('texts in the encodings of old Windows programs are read', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await page.locator('#files').setInputFiles([
    { name: 'wide.txt', mimeType: 'text/plain', buffer: Buffer.from('\uFEFFThe café is closed.', 'utf16le') },
    { name: 'narrow.txt', mimeType: 'text/plain', buffer: Buffer.from('The café is open.', 'latin1') },
  ]);
  await expect(shelf(page)).toHaveCount(2);
  await page.getByLabel('Look in them').fill('a place for coffee');
  await expect(passages(page).locator('mark').filter({ hasText: 'The café is closed.' })).toHaveCount(1);
  await expect(passages(page).locator('mark').filter({ hasText: 'The café is open.' })).toHaveCount(1);
});

test('a list of many short lines leaves the other results in sight', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await paste(page, Array.from({ length: 90 }, (_, i) => i).join('\n'));
  await paste(page, CAR);
  await page.getByLabel('Look in them').fill('numbers');
  await expect(passages(page)).toHaveCount(2);
  expect((await passages(page).first().boundingBox())!.height).toBeLessThan(400);
});

test('files are dropped on the page', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  const data = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'garden.md', { type: 'text/markdown' }));
    return data;
  }, GARDEN);
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: data });
  await expect(shelf(page)).toHaveText([/garden\.md/]);
});

test('a long text can be stopped', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await page.locator('#files').setInputFiles({
    name: 'long.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from(Array.from({ length: 20_000 }, (_, i) => `Sentence ${i} of a text that takes long. `).join('')),
  });
  await page.locator('#indexing').getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(page.locator('#indexing-text')).toContainText('Stopped.');
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeEnabled();
});
