// What people see while the page loads, and when something doesn't.
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { answers, built, expect, INDEX, MAP, MODEL, open, openReady, test } from './site';

test('the second visit asks for neither the model nor the words', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await expect(page.locator('#figures-list')).toContainText('over the network');
  server.log.length = 0;
  await page.reload();
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
  await expect(page.locator('#figures-list')).toContainText('from this browser, where');
  const asked = server.log.map(({ path }) => path);
  expect(asked).not.toContain(MODEL());
  expect(asked).not.toContain(INDEX());
});

for (const [what, address] of [
  ['the model', MODEL],
  ['the words', INDEX],
] as const) {
  test(`without ${what} the page says so, and another try mends it`, async ({ page, server }) => {
    server.answer(address(), (_, response) => response.writeHead(404).end());
    await open(page, server);
    await expect(page.getByRole('alert').filter({ hasText: '404' })).toBeVisible();
    server.reset();
    await page.getByRole('button', { name: 'Try again' }).press('Enter');
    await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
    await expect(page.locator('#state-error')).toBeEmpty();
    await expect(page.locator('#answers button').first()).toHaveText('homesickness');
  });
}

for (const [how, answer, said] of [
  [
    'nothing answers',
    (response) => response.destroy(),
    'The words could not be downloaded: nothing answers.',
  ],
  [
    'the connection breaks off',
    (response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('EDGEBIDX', () => setTimeout(() => response.destroy(), 100));
    },
    'The words could not be downloaded: the connection was lost.',
  ],
  [
    'it is a web page',
    (response) => response.end('<!doctype html><p>Log in'),
    'Something else arrived in place of the words',
  ],
] as const satisfies [string, (response: ServerResponse) => void, string][]) {
  test(`where ${how} for the words, it is said in plain words`, async ({ page, server }) => {
    server.answer(INDEX(), (_, response) => answer(response));
    await open(page, server);
    await expect(page.locator('#state-error')).toContainText(said);
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  });
}

for (const address of [INDEX, MAP]) {
  test(`a web page in the place of ${address.name.toLowerCase()} is not kept`, async ({ page, server }) => {
    server.answer(address(), (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>Log in'),
    );
    await open(page, server);
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
    server.reset();
    await page.getByRole('button', { name: 'Try again' }).press('Enter');
    await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
  });
}

test('what is on disk for the next visit counts the words, which are kept last', async ({ page, server }) => {
  await openReady(page, server);
  const megabytes = async () =>
    Number(/([\d.]+) MB on disk/.exec((await page.locator('#figures-list').textContent())!)?.[1]);
  await expect.poll(megabytes).toBeGreaterThan(25);
});

test('words whose worker fails are loaded again from this browser', async ({ page, server }) => {
  await openReady(page, server);
  const workers = await Promise.all(
    page.workers().map(async (worker) => ({ worker, name: await worker.evaluate(() => self.name) })),
  );
  const { worker } = workers.find(({ name }) => name === 'words')!;
  await worker.evaluate(() => void setTimeout(() => reportError(new Error('out of memory'))));
  await page.locator('#query').fill('person who studies stars');
  await expect(page.locator('#state-error')).toContainText('The words stopped');
  server.log.length = 0;
  await page.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  await expect(answers(page).first()).toHaveText('astronomer');
  expect(server.log.map(({ path }) => path)).not.toContain(INDEX());
});

test('loading can be cancelled and taken up again', async ({ page, server }) => {
  let held: (() => void) | undefined;
  server.answer(MODEL(), (_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    held = () => response.destroy();
  });
  await open(page, server);
  await page.getByRole('button', { name: 'Cancel' }).first().press('Enter');
  await expect(page.locator('#state-text')).toContainText('Loading was cancelled.');
  await expect(page.locator('#state-error')).toBeEmpty();
  held?.();
  server.reset();
  await page.getByRole('button', { name: 'Load the model' }).press('Enter');
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
});

test('a browser without SIMD is told what it lacks', async ({ page, server }) => {
  await page.addInitScript(() => (WebAssembly.validate = () => false));
  await open(page, server);
  await expect(page.getByRole('alert').first()).toContainText('This browser cannot run the model');
  await expect(page.getByRole('alert').first()).toContainText('WebAssembly SIMD');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('the page is painted before the model is there', async ({ page, server }) => {
  let release: (() => void) | undefined;
  server.answer(MODEL(), (_, response) => {
    release = () => response.destroy();
  });
  await open(page, server);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect
    .poll(() => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length))
    .toBe(1);
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'loading');
  release?.();
});

test('before the model is there, the map and the examples’ answers are, and it is said how much is left', async ({
  page,
  server,
}) => {
  let release: (() => void) | undefined;
  server.answer(MODEL(), (_, response) => {
    const file = readFileSync(built(MODEL()));
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, 200_000));
    release = () => response.destroy();
  });
  await open(page, server);
  await expect(answers(page).first()).toHaveText('homesickness');
  await expect(page.locator('#map-count')).toHaveText('26,000 words');
  await expect(page.locator('#plot-labels .hit').first()).toHaveText('homesickness');
  await expect(page.locator('#state-text')).toContainText('Loading once, then it works offline');
  await expect(page.locator('#state-text')).toContainText(/[\d.]+ MB left of 25\.6 MB/);
  await page.getByRole('button', { name: 'song to put a baby to sleep' }).click();
  await expect(answers(page).first()).toHaveText('lullaby');
  await page.locator('#query').fill('something else');
  await expect(page.locator('#answers-note')).toContainText('as soon as the model is here');
  release?.();
});

test('a browser that saves data is asked first, on its first visit only', async ({
  page,
  server,
  errors: _,
}) => {
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true }),
  );
  await open(page, server);
  await expect(page.locator('#state-text')).toContainText('saves data. The model and the words are 25.6 MB');
  await expect(answers(page).first()).toHaveText('homesickness');
  expect(server.log.map(({ path }) => path)).not.toContain(MODEL());
  await page.getByRole('button', { name: 'Load them' }).press('Enter');
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  await page.reload();
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
});

test('where a connection costs something, only the map comes unasked, and typing has the rest come', async ({
  page,
  server,
  errors: _,
}) => {
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'connection', { value: { type: 'cellular' }, configurable: true }),
  );
  await open(page, server);
  await expect(page.locator('#state-text')).toContainText('25.6 MB, once. They load when you type');
  await expect(page.locator('#map-count')).toHaveText('26,000 words');
  await page.getByRole('button', { name: 'song to put a baby to sleep' }).click();
  await expect(answers(page).first()).toHaveText('lullaby');
  const asked = server.log.map(({ path }) => path);
  expect(asked).toContain(MAP());
  expect(asked).not.toContain(MODEL());
  expect(asked).not.toContain(INDEX());
  await page.locator('#query').fill('person who studies stars');
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  await expect(answers(page).first()).toHaveText('astronomer');
});

test('the model waits for the words while nobody wants either, and for nothing once somebody types', async ({
  page,
  server,
}) => {
  server.answer(INDEX(), (_, response) =>
    response.writeHead(200, { 'content-length': '1000000' }).write('EDGEBIDX'),
  );
  await open(page, server);
  const asked = () => server.log.map(({ path }) => path);
  await expect.poll(asked).toContain(INDEX());
  await expect(page.locator('#state-text')).toContainText('left of');
  expect(asked()).not.toContain(MODEL());
  await page.locator('#query').fill('person who studies stars');
  await expect.poll(asked).toContain(MODEL());
});

test('after a failed or a cancelled load the list does not pretend to wait', async ({ page, server }) => {
  server.answer(MODEL(), (_, response) => response.writeHead(404).end());
  await open(page, server, '?q=a+tower+with+a+light');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await expect(page.locator('#answers')).toBeHidden();
  await expect(page.locator('#answers-note')).toHaveText(
    'Only the model can answer this. The examples above answer already.',
  );
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page says what it needs, at its top, and shows an answer', async ({ page, server }) => {
    await open(page, server);
    await expect(page.locator('.notice')).toContainText('it needs JavaScript');
    await expect(page.locator('#answers')).toContainText('homesickness');
    await expect(page.locator('#state')).toBeHidden();
    await expect(page.getByRole('button', { name: 'Cancel' })).toBeHidden();
  });
});
