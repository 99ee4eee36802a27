// The page without a network: after a first visit it works whole; on the first it says what is missing.
import { expect, openReady, PLACE, startTyping, answers, test } from './site';

test.use({ serviceWorkers: 'allow' });

test('after the first visit everything works without a network', async ({ page, server }) => {
  const { origin } = server;
  await openReady(page, server);
  await page.evaluate(() => navigator.serviceWorker.ready);
  // The words go into the browser's store behind the page's back.
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.open('edgebert-words')).keys()).length))
    .toBe(2);
  await server.close();
  await page.context().setOffline(true);
  await page.goto(`${origin}${PLACE}?q=the+sound+a+cat+makes`);
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
  await expect(answers(page).first()).toHaveText('meow');
  await startTyping(page);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('a word that reads the same backwards');
  await expect(answers(page).first()).toHaveText('palindrome');
  // With its own fonts, too.
  expect(await page.evaluate(() => document.fonts.check('italic 16px Newsreader'))).toBe(true);
});

test('a first visit that loses the network says what is missing', async ({ page, server }) => {
  await openReady(page, server);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name!);
    await caches.delete('edgebert-words');
  });
  await server.close();
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByRole('alert').first()).toContainText('There is no network');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('the words’ licence is a file of its own on later visits too', async ({ page, server }) => {
  await openReady(page, server);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.getByRole('link', { name: 'its licence' }).click();
  await expect(page.locator('body')).toContainText('WordNet');
  await expect(page.locator('#query')).toHaveCount(0);
});

test('it can be installed as an app', async ({ page, server }) => {
  await openReady(page, server);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const session = await page.context().newCDPSession(page);
  const { errors, url } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(url).toBe(`${server.origin}${PLACE}manifest.webmanifest`);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window, which every test is in, installs nothing; that must be all that is in the way.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
    [],
  );
});
