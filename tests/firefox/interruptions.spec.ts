// Loads that are aborted or closed at any moment, in Firefox: what follows is right every time.
import { abortHere, momentsOf, numbers } from '../browser/weights/aborts';
import { packed } from '../browser/weights/host';
import { expectRight } from '../browser/weights/support';
import { expect, open, test, visit } from './support';

test('30 loads aborted at any moment, with a good one after each ten', async ({ tab, host }) => {
  test.slow();
  host.pause = 1;
  let slowest = 0;
  for (let ten = 0; ten < 3; ten++) {
    const moments = momentsOf(ten, 10, 700);
    const { ends, slowest: latest } = await tab.evaluate(abortHere, { moments, baseUrl: '/models' });
    expect(Object.keys(ends).filter((end) => end !== 'loaded' && end !== 'AbortError')).toEqual([]);
    slowest = Math.max(slowest, latest);
    const after = await visit(tab);
    expectRight(after);
    expect(after.warnings).toEqual([]);
    await tab.evaluate(async () => (await import('edgebert')).cache.clear());
  }
  test.info().annotations.push({ type: 'slowest abort', description: `${slowest.toFixed(1)} ms` });
});

test('12 tabs closed while they load, and a good load after each', async ({ tab, visitor, server, host }) => {
  test.slow();
  const random = numbers(5);
  for (let round = 0; round < 12; round++) {
    const page = await open(visitor, server.origin);
    host.pause = 2;
    void visit(page).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, random.next().value * 900));
    await page.close();
    host.pause = 0;
    const after = await visit(tab);
    expectRight(after);
    expect(after.warnings).toEqual([]);
    if (random.next().value < 0.8) await tab.evaluate(async () => (await import('edgebert')).cache.clear());
  }
});

test('a download that a closed tab interrupted resumes in the next one', async ({
  tab,
  visitor,
  server,
  host,
}) => {
  host.pause = 20;
  const first = await open(visitor, server.origin);
  void visit(first).catch(() => {});
  await expect.poll(() => host.served).toBeGreaterThan(packed.length / 2);
  await first.close();
  host.pause = 0;
  const outcome = await visit(tab);
  expectRight(outcome);
  expect(host.ranges).toEqual(['', expect.stringMatching(/^bytes=\d+-$/)]);
  expect(outcome.events[0]).toMatchObject({ phase: 'cache', fromCache: true });
});
