// The code that each section shows, as a playground runs it: types stripped, `edgebert` from a CDN.
import { transform } from 'esbuild';
import { dist, models } from '../support/paths';
import { html, routeHub } from '../support/test';
import { expect, open, test } from './site';

const PRINTS = {
  words: /^0\.\d\d a longing to return home/,
  documents: /^0\.\d\d kettle\.txt: The kettle is in the cupboard/,
  compare: /^1\.00 {2}0\.\d\d/,
  speed: /^one text: [\d.]+ ms, 2 at once: [\d.]+ ms$/,
};

test('the code of each section runs in a playground as it stands', async ({ page, server }) => {
  test.slow();
  server.mount('/dist/', dist);
  server.mount('/models/', models);
  await routeHub(page, server);
  for (const [section, printed] of Object.entries(PRINTS)) {
    await open(page, server);
    const link = page.locator(`#${section} .code-of-section a`);
    await expect(link).toHaveText('Open in a playground');
    const address = new URL((await link.getAttribute('href'))!);
    const { code } = await transform(address.searchParams.get('ts')!, { loader: 'ts', target: 'es2022' });

    server.page('/playground.html', html(code));
    const said = page.waitForEvent('console', (message) => message.type() === 'log');
    const broken = page.waitForEvent('pageerror').then((error) => Promise.reject(error));
    await page.goto(`${server.origin}/playground.html`);
    expect((await Promise.race([said, broken])).text(), section).toMatch(printed);
  }
});
