// The map of the words, worked by keyboard and by pointer.
import { devices, type Page } from '@playwright/test';
import { answers, asset, expect, MAP, open, openReady, startTyping, test } from './site';

const map = (page: Page) => page.getByRole('application', { name: 'Map of the words' });
const tip = (page: Page) => page.locator('#plot-tip');

/** How many different colours the map's points show; its words alone would make a thousand. */
async function colours(page: Page): Promise<number> {
  const over = page.locator('#plot-labels, #zoom, #plot-tip');
  const show = (opacity: string) =>
    over.evaluateAll((all, value) => {
      for (const one of all) (one as HTMLElement).style.opacity = value;
    }, opacity);
  await show('0');
  const png = await page.locator('#plot').screenshot();
  await show('');
  return page.evaluate(
    async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer))
        .size;
    },
    [...png],
  );
}

const ring = (page: Page) => page.locator('#plot-labels .query').evaluate(({ style }) => style.transform);

test('no name stands under the buttons or under the ring of the query', async ({
  page,
  server,
  errors: _,
}) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await openReady(page, server, '?q=fear+of+small+closed+spaces');
  await expect(answers(page).first()).toHaveText('claustrophobia');
  await expect(page.locator('#plot-labels .word').first()).toBeVisible();
  const covered = () =>
    page.evaluate(() => {
      const boxes = ['.zoom', '#plot-labels .query'].map((name) =>
        document.querySelector(name)!.getBoundingClientRect(),
      );
      return [...document.querySelectorAll<HTMLElement>('#plot-labels span:not(.query)')]
        .filter(({ style }) => style.visibility === 'visible')
        .filter((label) => {
          const own = label.getBoundingClientRect();
          return boxes.some(
            (box) =>
              own.left < box.right && own.right > box.left && own.top < box.bottom && own.bottom > box.top,
          );
        })
        .map(({ textContent }) => textContent);
    });
  await expect.poll(covered).toEqual([]);
});

test('the query lands on the map and moves with the typing', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await expect(page.locator('#plot-labels .hit').first()).toHaveText('homesickness');
  const before = await ring(page);
  await startTyping(page);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('soup made with beets');
  await expect(page.locator('#plot-labels .hit').first()).not.toHaveText('homesickness');
  await expect.poll(() => ring(page)).not.toBe(before);
});

test('the keyboard steps from word to word', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await map(page).focus();
  await page.keyboard.press('ArrowRight');
  await expect(tip(page)).toContainText('homesickness');
  await expect(tip(page)).toContainText('noun.feeling');
  await page.keyboard.press('ArrowRight');
  await expect(tip(page)).not.toContainText('a longing to return home');
  await expect(tip(page)).not.toBeEmpty();

  // The whole map, to which `0` returns.
  await page.keyboard.press('0');
  const settled = () =>
    page
      .locator('#plot-keys')
      .evaluate((surface) => String((surface as unknown as { __zoom: unknown }).__zoom));
  await expect.poll(settled).toBe('translate(0,0) scale(1)');
  await page.keyboard.press('+');
  await expect.poll(settled).not.toBe('translate(0,0) scale(1)');
  await page.keyboard.press('0');
  await expect.poll(settled).toBe('translate(0,0) scale(1)');
  const before = await ring(page);

  // Far from the middle, the word that is told of stays where it can be seen.
  for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight');
  for (let i = 0; i < 3; i++) await page.keyboard.press('+');
  const word = (await tip(page).locator('b').textContent())!.split(', ')[0]!;
  await expect.poll(() => ring(page)).not.toBe(before);
  await expect(page.locator('#plot-labels').getByText(word, { exact: true }).first()).toBeVisible();
  const definition = await tip(page).locator('span').last().textContent();
  await page.keyboard.press('Enter');
  await expect(page.locator('#query')).toHaveValue(definition!);
  await expect(answers(page).filter({ hasText: word }).first()).toBeVisible();
});

test('the pointer shows what a dot says, and the legend sets one kind apart', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  await map(page).scrollIntoViewIfNeeded();
  const [x, y] = (await ring(page)).match(/-?[\d.]+/g)!.map(Number);
  await map(page).hover({ position: { x: x!, y: y! } });
  await expect(tip(page)).not.toBeEmpty();

  const people = page.getByRole('button', { name: 'people' });
  await people.press('Enter');
  await expect(people).toHaveAttribute('aria-pressed', 'true');
  await people.press('Enter');
  await expect(people).toHaveAttribute('aria-pressed', 'false');
});

test('dots are drawn, in the colours of both themes', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await map(page).scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'Zoom in' }).press('Enter');
  await expect.poll(() => colours(page)).toBeGreaterThan(500);
  await page.getByRole('button', { name: 'Dark colours' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Light colours' })).toBeFocused();
  await expect.poll(() => colours(page)).toBeGreaterThan(500);
});

test('the tip is on the map, in view, and moves nothing', async ({ page, server, errors: _ }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await openReady(page, server);
  const legend = page.locator('#legend');
  const before = (await legend.boundingBox())!;
  await page.locator('#answers .entry').first().hover();
  await expect(tip(page)).toContainText('homesickness');
  await expect(tip(page)).toBeInViewport({ ratio: 1 });
  expect(await legend.boundingBox()).toEqual(before);
});

test('the map flies to the answers, names what is in view, and shows all of it again', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const words = page.locator('#plot-labels .word');
  await expect.poll(() => words.count()).toBeGreaterThan(10);
  const middle = await page
    .locator('#plot')
    .evaluate(({ clientWidth, clientHeight }) => [clientWidth / 2, clientHeight / 2]);
  await page.getByRole('button', { name: 'song to put a baby to sleep' }).click();
  await expect(page.locator('#plot-labels .hit').first()).toHaveText('lullaby');
  const far = async () => {
    const [x, y] = (await ring(page)).match(/-?[\d.]+/g)!.map(Number);
    return Math.max(Math.abs(x! - middle[0]!) / middle[0]!, Math.abs(y! - middle[1]!) / middle[1]!);
  };
  // In the middle, or as near to it as the map's edge allows.
  await expect.poll(far).toBeLessThan(0.85);
  await expect(page.locator('.trail polyline')).toHaveAttribute('points', / /);
  await page.getByRole('button', { name: 'Show the whole map' }).press('Enter');
  await expect(words).toHaveCount(0);
  await expect(page.locator('#plot-labels .place').first()).toBeVisible();
});

test('no dots are pressed into a line at the edge', async ({ page, server, errors: _ }) => {
  await open(page, server);
  const most = await page.evaluate(async (address) => {
    const bytes = new DataView(await (await fetch(address)).arrayBuffer());
    const counts = new Map<number, number>();
    for (let i = 0; 5 * i < bytes.byteLength; i++) {
      const edge = [0, 1]
        .map((axis) => bytes.getUint16(4 * i + 2 * axis, true))
        .find((at) => at === 0 || at === 0xffff);
      if (edge !== undefined) counts.set(edge, (counts.get(edge) ?? 0) + 1);
    }
    return Math.max(0, ...counts.values());
  }, MAP());
  expect(most).toBeLessThan(3);
});

test.describe('on a phone', () => {
  const { defaultBrowserType: _, ...phone } = devices['Pixel 7'];
  test.use(phone);

  test('a tap tells of a dot, and a second one there looks around it', async ({
    page,
    server,
    errors: _,
  }) => {
    await openReady(page, server);
    await map(page).scrollIntoViewIfNeeded();
    const [x, y] = (await ring(page)).match(/-?[\d.]+/g)!.map(Number);
    const query = page.locator('#query');
    await map(page).tap({ position: { x: x!, y: y! } });
    await expect(tip(page)).not.toBeEmpty();
    await expect(query).toHaveValue('the feeling of missing home');
    const definition = await tip(page).locator('span').last().textContent();
    await map(page).tap({ position: { x: x! + 2, y: y! } });
    await expect(query).toHaveValue(definition!);
    await expect(page.getByText('Tap a dot')).toBeVisible();
    await expect(page.getByText('Arrow keys step')).toBeHidden();
  });
});

test('without WebGL 2 it is said that there is no map, and nothing pretends', async ({
  page,
  server,
  errors: _,
}) => {
  await page.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (
      this: HTMLCanvasElement,
      kind: string,
      ...rest: unknown[]
    ) {
      return kind === 'webgl2' ? null : Reflect.apply(original, this, [kind, ...rest]);
    } as typeof original;
  });
  await openReady(page, server);
  await page.locator('#answers .entry').first().hover();
  await page.locator('#answers .entry').nth(1).hover();
  await expect(page.locator('#plot')).toContainText('there is no map');
  await expect(page.locator('#plot-labels span:visible')).toHaveCount(0);
  await expect(page.locator('#plot').getByRole('button')).toHaveCount(0);
  await expect(map(page)).toBeHidden();
});

for (const [why, status, script] of [
  ['cannot be loaded', 404, ''],
  ['has no WebGL 2', 200, "addEventListener('message', () => postMessage('refused'))"],
] as const) {
  test(`the page draws the map where the worker ${why}`, async ({ page, server }) => {
    server.answer(asset(/^canvas-worker/), (_, response) =>
      response.writeHead(status, { 'content-type': 'text/javascript' }).end(script),
    );
    await openReady(page, server);
    await expect(page.locator('#plot-labels .hit').first()).toBeVisible();
    await page.getByRole('button', { name: 'Show the whole map' }).press('Enter');
    await expect.poll(() => colours(page)).toBeGreaterThan(500);
  });
}

test('in forced colours, the legend keeps its own and the head has the system’s', async ({
  page,
  server,
  errors: _,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await openReady(page, server);
  const swatches = await page
    .locator('#legend button')
    .evaluateAll((buttons) => buttons.map((button) => getComputedStyle(button, '::before').backgroundColor));
  expect(new Set(swatches).size).toBe(10);
  // The head has the system's colours: its paper is a picture, which the browser would not replace.
  const paper = await page.locator('.top').evaluate((head) => getComputedStyle(head).borderImageSource);
  expect(paper).toBe('none');
});
