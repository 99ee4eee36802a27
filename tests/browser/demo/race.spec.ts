// The race against transformers.js. In its place the CDN serves a module of the same interface, so that the
// test needs neither half a gigabyte of packages nor a network.
import { verdict } from '../../../demo/src/race/verdict';
import { expect, openReady, test } from './site';

const STAND_IN = `
export const env = { backends: { onnx: { wasm: {} } }, useBrowserCache: true, useWasmCache: true };
export async function pipeline(task, model, { device, dtype }) {
  if (env.useBrowserCache || env.useWasmCache) throw new Error('the second race would download nothing');
  if (task !== 'feature-extraction' || device !== 'wasm' || dtype !== 'q8') throw new Error('asked for something else');
  await fetch('https://huggingface.co/' + model + '/resolve/main/onnx/model_quantized.onnx').then((r) => r.arrayBuffer());
  return async (texts, { pooling, normalize }) => {
    if (pooling !== 'mean' || !normalize || env.backends.onnx.wasm.numThreads !== 1) throw new Error('asked otherwise');
    return { data: Float32Array.from({ length: 384 * texts.length }, (_, i) => (i % 384 === 0 ? 1 : 0)) };
  };
}`;

test('nothing is fetched before the button is pressed; then both are measured, and the result can be copied', async ({
  page,
  server,
  context,
  errors: _,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const asked: string[] = [];
  await page.addInitScript(() => {
    const modes: unknown[] = [];
    const original = fetch;
    Object.assign(globalThis, {
      modes,
      fetch(input: string | URL, init?: RequestInit) {
        if (String(input).endsWith('.safetensors')) modes.push(init?.cache);
        return original(input, init);
      },
    });
  });
  await context.route(/^https:\/\//, async (route) => {
    const url = route.request().url();
    asked.push(url);
    const headers = { 'access-control-allow-origin': '*' };
    if (url.startsWith('https://cdn.jsdelivr.net/npm/@huggingface/transformers@'))
      await route.fulfill({ body: STAND_IN, contentType: 'text/javascript', headers });
    else
      await route.fulfill({
        body: Buffer.alloc(2_000_000),
        contentType: 'application/octet-stream',
        headers,
      });
  });
  await openReady(page, server);
  expect(asked).toEqual([]);
  await expect(page.locator('#speed')).toContainText('some 50 MB');
  await page.getByRole('button', { name: 'Start the race' }).press('Enter');
  const table = page.locator('#race-table');
  await expect(page.locator('#race-said')).toContainText('On this device,', { timeout: 60_000 });
  const row = (name: string) => table.getByRole('row', { name }).locator('td');
  await expect(row('Downloaded')).toHaveText(['12.0 MB', '2.0 MB']);
  for (const name of ['Time to ready', 'One text', 'texts in one call'])
    await expect(row(name)).toHaveText([/^[\d.,]+ m?s$/, /^[\d.,]+ m?s$/]);
  // The figure says what it is worth: the stand-in's vectors are nothing like the original's.
  const [own, other] = (await row('Agreement').allTextContents()).map(Number);
  expect(own).toBeGreaterThan(0.99);
  expect(other).toBeLessThan(0.5);
  // The visit's own, and the race's: neither is answered by the browser's cache.
  const modes = await page.evaluate(() => (globalThis as unknown as { modes: unknown[] }).modes);
  expect(modes.length).toBeGreaterThan(1);
  expect(new Set(modes)).toEqual(new Set(['no-store']));
  await page.getByRole('button', { name: 'Copy the result' }).press('Enter');
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain((await page.locator('#race-said').textContent())!);
  expect(text).toContain('Agreement with float32: edgebert 0.99');
  expect(text).toContain('transformers.js 4.3.1');
});

test('where the CDN can’t be reached, the race says so and can be run again', async ({
  page,
  server,
  context,
}) => {
  await context.route(/^https:\/\//, (route) => route.abort());
  await openReady(page, server);
  await page.getByRole('button', { name: 'Start the race' }).press('Enter');
  await expect(page.locator('#race-said')).toContainText(
    'The race was stopped. transformers.js could not be',
    {
      timeout: 60_000,
    },
  );
  await expect(page.getByRole('button', { name: 'Race again' })).toBeEnabled();
});

test('the verdict tells one text and a call with many apart, whoever was faster', () => {
  const tokens = [144, 5, 20];
  expect(verdict({ singleMs: 10, batchMs: 100 }, { singleMs: 17, batchMs: 800 }, tokens)).toBe(
    'On this device, edgebert is 1.7 times as fast for one text. For 3 texts of 5 to 144 tokens in one call, ' +
      'edgebert is 8.0 times as fast. In such a call transformers.js pads every text to 144 tokens, so among texts ' +
      'of similar lengths the difference is smaller.',
  );
  expect(verdict({ singleMs: 20, batchMs: 101 }, { singleMs: 10, batchMs: 100 }, tokens)).toMatch(
    /^On this device, transformers\.js is 2\.0 times as fast for one text\. .* in one call, both are equally fast\./,
  );
});
