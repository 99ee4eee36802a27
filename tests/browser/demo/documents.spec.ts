// Texts of one's own: taken in, found, kept and dropped, by keyboard.
import type { Page } from '@playwright/test';
import { expect, open, openReady, test } from './site';

// Each test loads the model once or more, beside others that do the same.
test.describe.configure({ timeout: 180_000 });

const GARDEN =
  'Tomatoes want sun and warm soil. Water them at the root in the morning, and tie the stems to a stake.';
const CAR =
  'The engine will not start when the battery is flat. Charge it overnight, or ask a neighbour for a jump lead.';

const shelf = (page: Page) => page.locator('#shelf li:not(.sample)');
const passages = (page: Page) => page.locator('#passages li');

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel('Or paste a text').focus();
  await page.keyboard.insertText(text);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('#indexing-text')).toContainText('Read 1 file');
  // An earlier one may have left the same words; the field is emptied when this one is on the shelf.
  await expect(page.getByLabel('Or paste a text')).toHaveValue('');
}

/** Drops files of these names, each with a sentence in it. */
async function dropNamed(page: Page, names: readonly string[]): Promise<void> {
  await page.evaluate((names) => {
    const dataTransfer = new DataTransfer();
    for (const name of names) {
      dataTransfer.items.add(new File([`${name} is about something.`], name, { type: 'text/markdown' }));
    }
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
  }, names);
}

test('a pasted text is found by what it says, kept across visits, and dropped', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  await paste(page, GARDEN);
  await paste(page, CAR);
  await expect(shelf(page)).toHaveCount(2);

  await page.reload();
  await expect(shelf(page)).toHaveCount(2);
  await page.getByLabel('Ask them').focus();
  await page.keyboard.type('growing vegetables');
  await expect(passages(page).first().locator('mark')).toContainText('Tomatoes want sun');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('my vehicle is broken');
  await expect(passages(page).first().locator('mark')).toContainText('The engine will not start');

  await page.getByRole('button', { name: /^Remove The engine/ }).press('Enter');
  await expect(shelf(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: /^Remove Tomatoes/ })).toBeFocused();
  await page.getByRole('button', { name: 'Remove all' }).press('Enter');
  await expect(shelf(page)).toHaveCount(0);
  await page.reload();
  await expect(page.locator('#shelf-count')).toHaveText('none yet');
});

test('texts that begin alike are kept apart, and one that is stopped stays in its field', async ({
  page,
  server,
  errors: _,
}) => {
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
});

test('texts that begin alike are kept apart before the model is there, too', async ({
  page,
  server,
  errors: _,
}) => {
  let go: (() => void) | undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route(/\.safetensors$/, async (route) => {
    await held;
    await route.continue();
  });
  await open(page, server);
  for (const text of [GARDEN, CAR]) {
    await page.getByLabel('Or paste a text').fill(`# Diary\n${text}`);
    await page.getByRole('button', { name: 'Add this text' }).press('Enter');
  }
  await expect(page.locator('#indexing-text')).toHaveText('It is read as soon as the model is here.');
  go!();
  await expect(shelf(page)).toHaveText([/^# Diary\d/, /^# Diary \(2\)/]);
});

test('what a section’s script would answer waits for it', async ({ page, server, errors: _ }) => {
  let go: (() => void) | undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route(/\/sections-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await open(page, server);
  await expect(page.locator('#map-count')).toHaveText('26,000 words');
  for (const name of ['Add files', 'Add this text', 'Add a sentence', 'Start the race'])
    await expect(page.getByRole('button', { name })).toBeDisabled();
  go!();
  for (const name of ['Add files', 'Add this text', 'Add a sentence', 'Start the race'])
    await expect(page.getByRole('button', { name })).toBeEnabled();
});

test('files that are dropped before the model is there, or while others are read, have their turn', async ({
  page,
  server,
  errors: _,
}) => {
  await open(page, server);
  for (const name of ['a.md', 'b.md', 'c.md']) await dropNamed(page, [name]);
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
  await expect(page.locator('#indexing-text')).toContainText('Left out: picture.png (not text).');
  // Nothing of it was sent anywhere.
  expect(server.log).toEqual([]);
});

test('a list of many short lines leaves the other results in sight', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await paste(page, Array.from({ length: 90 }, (_, i) => i).join('\n'));
  await paste(page, CAR);
  await page.getByLabel('Ask them').fill('numbers');
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
  // Anywhere: a browser that is not told otherwise leaves the page for the file.
  for (const place of ['h1', '#answers', '#install']) {
    await page.dispatchEvent(place, 'dragover', { dataTransfer: data });
    await expect(page.locator('#drop-overlay')).toBeVisible();
    await page.dispatchEvent(place, 'drop', { dataTransfer: data });
    await expect(page.locator('#drop-overlay')).toBeHidden();
  }
  await expect(shelf(page)).toHaveText([/garden\.md/]);
});

test('a long text that is stopped keeps what was read, and goes on from there', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  await page.locator('#files').setInputFiles({
    name: 'long.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from(
      Array.from({ length: 1200 }, (_, i) => `Sentence ${i} of a text that takes long. `).join(''),
    ),
  });
  const said = page.locator('#indexing-text');
  await expect(said).toHaveText(/Reading 1 file: [1-9]\d* of \d+ passages/, { timeout: 30_000 });
  const cancel = page.locator('#indexing').getByRole('button', { name: 'Cancel' });
  await expect(said).toHaveText(/: [2-9]\d of \d+ passages/, { timeout: 60_000 });
  await cancel.press('Enter');
  await expect(said).toHaveText('Stopped. What was read can be searched.');
  await expect(shelf(page)).toHaveText([/long\.txt\d+ of \d+ parts/]);
  await expect(page.getByRole('button', { name: 'Add files' })).toBeEnabled();
  await page.getByRole('button', { name: 'Continue' }).press('Enter');
  await expect(said).toContainText('Read 1 file', { timeout: 60_000 });
  await expect(shelf(page)).toHaveText([/long\.txt[\d,]+ words/]);
});

test('a file that is too large or empty is named so, and a folder of nothing says that', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const outcome = page.locator('#indexing-text');
  await page.locator('#files').setInputFiles([
    { name: 'dump.txt', mimeType: 'text/plain', buffer: Buffer.alloc(8_500_000, 'a ') },
    { name: 'void.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
  ]);
  await expect(outcome).toHaveText('Left out: dump.txt (too large), void.txt (empty).');
  await dropNamed(page, ['.hidden.md']);
  await expect(outcome).toHaveText('There is nothing to read in it.');
});

test('a file that can’t be read leaves the others alone', async ({ page, server, errors: _ }) => {
  await page.addInitScript(() => {
    const read = Blob.prototype.arrayBuffer;
    Blob.prototype.arrayBuffer = function () {
      const refused = new DOMException('The requested file could not be read', 'NotReadableError');
      return this instanceof File && this.name === 'gone.md' ? Promise.reject(refused) : read.call(this);
    };
    DataTransferItem.prototype.webkitGetAsEntry = function () {
      const { name } = this.getAsFile()!;
      if (name !== 'locked.md') return null;
      const refuse = (_: unknown, no: ErrorCallback) =>
        no(new DOMException('A requested file', 'NotFoundError'));
      return { isFile: true, fullPath: `/${name}`, file: refuse } as unknown as FileSystemEntry;
    };
  });
  await open(page, server);
  await dropNamed(page, ['a.md', 'gone.md', 'locked.md', 'b.md']);
  await expect(shelf(page)).toHaveCount(2);
  await expect(page.locator('#indexing-text')).toContainText(
    'Left out: gone.md (cannot be read), locked.md (cannot be read).',
  );
  await expect(page.locator('#indexing-error')).toBeEmpty();
});

test('where there is no room, the shelf shows what is there, and all can be taken off', async ({
  page,
  server,
}) => {
  await openReady(page, server);
  await paste(page, GARDEN);
  await paste(page, CAR);
  await expect(shelf(page)).toHaveCount(2);
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  const error = page.locator('#indexing-error');
  await page.getByRole('button', { name: /^Remove The engine/ }).press('Enter');
  await expect(error).toContainText('remove your files here');
  await expect(shelf(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Remove all' }).press('Enter');
  await expect(shelf(page)).toHaveCount(0);
  await expect(error).toBeEmpty();
  await page.reload();
  await expect(page.locator('#shelf-count')).toHaveText('none yet');
});

test('a damaged shelf can be begun anew, and takes then what it was given', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  await paste(page, GARDEN);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        indexedDB.open('edgebert-search').onsuccess = ({ target }) => {
          const database = (target as IDBOpenDBRequest).result;
          const transaction = database.transaction('parts', 'readwrite');
          transaction.objectStore('parts').clear();
          transaction.oncomplete = () => resolve(database.close());
        };
      }),
  );
  await page.reload();
  await expect(page.locator('#indexing-error')).toContainText('damaged');
  await page.getByLabel('Or paste a text').fill(CAR);
  await page.getByRole('button', { name: 'Add this text' }).press('Enter');
  await expect(page.locator('#indexing-text')).toHaveText(
    'It is read as soon as the files that were kept are open.',
  );
  await page.getByRole('button', { name: 'Start over' }).press('Enter');
  await expect(shelf(page)).toHaveText([/^The engine/]);
  await expect(page.locator('#indexing-error')).toBeEmpty();
  await expect(page.getByRole('button', { name: 'Start over' })).toBeHidden();
  await page.reload();
  await expect(shelf(page)).toHaveText([/^The engine/]);
});

test('where nothing can be kept, that is said once, and then what was read', async ({
  page,
  server,
  errors: _,
}) => {
  await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }));
  await openReady(page, server);
  const said = page.locator('#indexing-text');
  await expect(said).toHaveText(/^This browser keeps nothing here/);
  await paste(page, GARDEN);
  await expect(said).toHaveText(/^Read 1 file in/);
});

test('until there are files a sample is searched, and an emptied field leaves nothing behind', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const [heard, time, ask] = [
    page.locator('#passages-heard'),
    page.locator('#passages-time'),
    page.getByLabel('Ask them'),
  ];
  await expect(page.locator('#shelf')).toContainText('a sample story');
  await expect(passages(page).first()).toContainText('feeding the fire with the pantry shelves');
  await ask.fill('la peur du vide');
  await expect(heard).toContainText('This looks like French');
  await expect(heard).not.toHaveClass(/hidden/);
  await ask.fill('qzxv');
  await expect(heard).toContainText('Nothing close');
  await ask.fill('why did she burn the furniture?');
  await paste(page, GARDEN);
  // A question about the sample is none about what was added.
  await expect(ask).toHaveValue('');
  await ask.pressSequentially('growing vegetables');
  await expect(heard).toHaveText('1 passage found');
  await expect(heard).toHaveClass(/hidden/);
  await expect(time).not.toBeEmpty();
  await ask.fill('');
  await expect(passages(page)).toHaveCount(0);
  await expect(time).toBeEmpty();
  await expect(heard).toBeEmpty();
});

test('what was removed can be brought back', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await paste(page, GARDEN);
  await paste(page, CAR);
  for (const button of [/^Remove The engine/, 'Remove all']) {
    await page.getByRole('button', { name: button }).press('Enter');
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await expect(shelf(page)).toHaveCount(2);
  }
});

test('to bring a long text back takes as long as to read it: how far it is, is said, and it can be stopped', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const text = Array.from({ length: 1200 }, (_, i) => `Sentence ${i} of a text that takes long. `).join('');
  const [said, cancel] = [
    page.locator('#indexing-text'),
    page.locator('#indexing').getByRole('button', { name: 'Cancel' }),
  ];
  await page
    .locator('#files')
    .setInputFiles({ name: 'long.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await expect(said).toContainText('Read 1 file', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Remove long.txt' }).press('Enter');
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect(said).toHaveText(/Bringing back long\.txt: [2-9]\d of \d+ passages/, { timeout: 60_000 });
  await cancel.press('Enter');
  await expect(said).toHaveText('Stopped. What was read can be searched.');
  await expect(shelf(page)).toHaveText([/long\.txt\d+ of \d+ parts/]);
  await page.getByRole('button', { name: 'Continue' }).press('Enter');
  await expect(said).toHaveText('long.txt is back.', { timeout: 60_000 });
  await expect(shelf(page)).toHaveText([/long\.txt[\d,]+ words/]);
});

test('two tabs show the same files', async ({ page, server, context, errors: _ }) => {
  await openReady(page, server);
  await paste(page, GARDEN);
  const other = await context.newPage();
  await openReady(other, server);
  await expect(shelf(other)).toHaveCount(1);
  await paste(other, CAR);
  await expect(shelf(page)).toHaveCount(2);
  await page.getByRole('button', { name: /^Remove Tomatoes/ }).press('Enter');
  await expect(shelf(other)).toHaveText([/^The engine/]);
  await other.getByLabel('Ask them').fill('my vehicle is broken');
  await expect(passages(other).first()).toContainText('The engine will not start');
});

test('the passages can be copied as a prompt', async ({ page, server, context, errors: _ }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openReady(page, server);
  await expect(passages(page).first()).toBeVisible();
  await page.getByText('A prompt for a language model').click();
  await page.getByRole('button', { name: 'Copy the prompt' }).press('Enter');
  const prompt = await page.evaluate(() => navigator.clipboard.readText());
  expect(prompt).toContain('[1] The Lamp at Skerry Point, paragraph');
  expect(prompt.trimEnd()).toMatch(/Question: .+\?$/);
});
