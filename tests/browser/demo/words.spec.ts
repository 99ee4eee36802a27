// The reverse dictionary, worked by keyboard alone.
import { writeFileSync } from 'node:fs';
import { answers, expect, open, openReady, startTyping, test } from './site';

/** What the page calls its measurements. */
const KEYSTROKE = 'edgebert:keystroke-to-paint';

test('answers follow the typing', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await expect(answers(page).first()).toHaveText('homesickness');
  await startTyping(page);
  for (const [description, word] of [
    ['a word that reads the same backwards', 'palindrome'],
    ['song to put a baby to sleep', 'lullaby'],
    ['person who studies stars', 'astronomer'],
  ] as const) {
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(description);
    await expect(answers(page).first()).toHaveText(word);
  }
  await expect(answers(page)).toHaveCount(8);
  const scores = await page.locator('#answers .score').allTextContents();
  expect(scores.map(Number)).toEqual(scores.map(Number).toSorted((one, other) => other - one));
  expect(Number(scores[0])).toBeGreaterThan(0.5);

  await page.keyboard.press('Escape');
  await expect(page.locator('#query')).toHaveValue('');
  await expect(answers(page)).toHaveCount(0);
});

test('the arrows go through the answers, and Enter looks around one', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await startTyping(page);
  await page.keyboard.press('ArrowDown');
  await expect(answers(page).nth(0)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(answers(page).nth(1)).toBeFocused();
  await page.keyboard.press('End');
  await expect(answers(page).nth(7)).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  await expect(page.locator('#query')).toBeFocused();

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.locator('#query')).toHaveValue('a longing to return home');
  await expect(page.locator('#query')).toBeFocused();
  await expect(page.locator('#answers .score').first()).toHaveText('1.00');
});

test('an example asks at once, and the address passes a question on', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await page.getByRole('button', { name: 'to laugh quietly' }).press('Enter');
  await expect(page.locator('#query')).toHaveValue('to laugh quietly');
  await expect(answers(page).first()).toHaveText(/snicker|chuckle/);
  await expect(page).toHaveURL(/\?q=to\+laugh\+quietly$/);
  await expect(page.locator('#answers-heard')).toContainText('8 answers: ');

  await openReady(page, server, '?q=the+sound+a+cat+makes');
  await expect(answers(page).first()).toHaveText('meow');
});

test('rows that wait for answers tell of nothing', async ({ page, server, errors: _ }) => {
  await open(page, server, '?q=');
  await expect(page.locator('#state')).toHaveAttribute('data-state', 'ready');
  const [row, tip] = [page.locator('#answers .entry').first(), page.locator('#plot-tip')];
  await row.hover();
  await expect(tip).toBeEmpty();
  await page.locator('#query').fill('the feeling of missing home');
  await expect(answers(page).first()).toHaveText('homesickness');
  await page.locator('#query').press('Escape');
  await page.mouse.move(0, 0);
  await row.hover();
  await expect(tip).toBeEmpty();
});

test('from a key to the painted answers', async ({ page, server, errors: _ }, info) => {
  await openReady(page, server);
  await startTyping(page);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('the feeling of having been somewhere before, a tower with a light for ships', {
    delay: 80,
  });
  await expect(answers(page).first()).not.toHaveText('homesickness');
  const times = await page.evaluate(
    (name) => performance.getEntriesByName(name).map(({ duration }) => duration),
    KEYSTROKE,
  );
  // On a busy machine some keys are overtaken by the next; most are painted.
  expect(times.length).toBeGreaterThan(40);
  const sorted = times.toSorted((one, other) => one - other);
  const quantile = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1));
  const figures = { keystrokes: times.length, p50: quantile(0.5), p95: quantile(0.95), max: quantile(1) };
  // A figure, not a judgement: the machine may be doing other things.
  info.annotations.push({ type: 'keystroke to paint, ms', description: JSON.stringify(figures) });
  writeFileSync(info.outputPath('keystroke.json'), `${JSON.stringify(figures)}\n`);
  console.log(`keystroke to paint, ms: ${JSON.stringify(figures)}`);
});
