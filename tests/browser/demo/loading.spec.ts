// What people see while the page loads, and when something doesn't.
import type { ServerResponse } from 'node:http';
import { expect, INDEX, MAP, MODEL, open, openReady, test } from './site';

test('the second visit asks for neither the model nor the words', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await expect(page.locator('#figures-list')).toContainText('over the network');
  server.log.length = 0;
  await page.reload();
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
  await expect(page.locator('#figures-list')).toContainText('from this browser');
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
  ['nothing answers', (response) => response.destroy(), 'The words can’t be fetched: nothing answers.'],
  [
    'the connection breaks off',
    (response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('EDGEBIDX', () => setTimeout(() => response.destroy(), 100));
    },
    'The words can’t be fetched: the connection broke off.',
  ],
  [
    'it is a web page',
    (response) => response.end('<!doctype html><p>Log in'),
    'Something else came in place of the words',
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

test('loading can be cancelled and taken up again', async ({ page, server }) => {
  let held: (() => void) | undefined;
  server.answer(MODEL(), (_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    held = () => response.destroy();
  });
  await open(page, server);
  await page.getByRole('button', { name: 'Cancel' }).first().press('Enter');
  await expect(page.locator('#state-text')).toHaveText('Loading was stopped.');
  await expect(page.locator('#state-error')).toBeEmpty();
  held?.();
  server.reset();
  await page.getByRole('button', { name: 'Load the model' }).press('Enter');
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
});

test('a browser without SIMD is told what it lacks', async ({ page, server }) => {
  await page.addInitScript(() => (WebAssembly.validate = () => false));
  await open(page, server);
  await expect(page.getByRole('alert').first()).toContainText('This browser can’t run the model');
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
