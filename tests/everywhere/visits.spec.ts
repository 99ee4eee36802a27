// What is kept between visits, and what comes without a network.
import { DAMAGES, inDatabaseHere, leaveFutureDatabaseHere } from '../browser/weights/database';
import { PACKED } from '../browser/weights/host';
import { expectOrderly, expectRight } from '../browser/weights/support';
import { expect, test, visit } from './support';

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where}: the second visit needs no network`, async ({ tab, again, server, host }) => {
    const load = async (where: 'WasmModel' | 'WorkerModel') => {
      const edgebert = await import('edgebert');
      const events: import('edgebert').LoadProgress[] = [];
      const model = await edgebert[where].from_type(edgebert.MiniLML6V2, {
        baseUrl: '/models',
        onProgress: (event) => events.push(event),
      });
      const value = (await model.encode(['Hello world']))[0];
      if ('terminate' in model) model.terminate();
      else model.free();
      return { value, events };
    };
    const first = await tab.evaluate(load, where);
    expect(first.value).toBeCloseTo(-0.0344, 2);
    expectOrderly(first.events);
    expect(host.ranges).toEqual(['']);

    await again();
    await tab.evaluate(async () => (await import('edgebert')).default());
    server.answer(PACKED, (_, response) => response.destroy());
    server.log.length = 0;
    const second = await tab.evaluate(load, where);
    expect(second.value).toBe(first.value);
    expectOrderly(second.events);
    expect(second.events.every(({ fromCache }) => fromCache)).toBe(true);
    expect(server.log.filter(({ path }) => path.startsWith('/models/'))).toEqual([]);
  });
}

// The last ones are wrong in the same way for every browser.
for (const [what, damage] of DAMAGES.slice(0, 3)) {
  test(`${what} in the cache is found, and mended by one download`, async ({ tab, host }) => {
    expectRight(await visit(tab));
    await tab.evaluate(inDatabaseHere, damage);

    const mended = await visit(tab);
    expectRight(mended);
    expect(mended.warnings).toMatchObject([{ code: 'integrity' }]);
    expect(host.ranges).toEqual(['', '']);

    const third = await visit(tab);
    expectRight(third);
    expect(third.warnings).toEqual([]);
    expect(host.ranges).toHaveLength(2);
  });
}

test('a database of a future version: the model loads, and a warning says so', async ({ tab, host }) => {
  await tab.evaluate(leaveFutureDatabaseHere);
  const outcome = await visit(tab);
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expect(host.ranges).toEqual(['']);
});

test('an abort at half the download leaves a beginning that the next load resumes', async ({ tab, host }) => {
  host.pause = 10;
  const end = await tab.evaluate(async () => {
    const { WorkerModel, MiniLML6V2 } = await import('edgebert');
    const controller = new AbortController();
    const onProgress = ({ loaded, total }: { loaded: number; total: number }) =>
      loaded > total / 2 && controller.abort();
    return WorkerModel.from_type(MiniLML6V2, {
      baseUrl: '/models',
      signal: controller.signal,
      onProgress,
    }).then(
      () => 'it loaded',
      (error: Error) => error.name,
    );
  });
  expect(end).toBe('AbortError');
  host.pause = 0;
  expectRight(await visit(tab));
  expect(host.ranges).toEqual(['', expect.stringMatching(/^bytes=\d+-$/)]);
});
