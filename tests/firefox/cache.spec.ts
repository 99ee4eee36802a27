// What is kept between visits, in Firefox.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAMAGES, deleteDatabaseHere, inDatabaseHere, leaveFutureDatabaseHere, PIECES } from '../browser/weights/database';
import { packed } from '../browser/weights/host';
import { expectOrderly, expectRight } from '../browser/weights/support';
import { expect, kill, launch, open, test, visit } from './support';

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where}: the second visit makes no request`, async ({ tab, visitor, server, host }) => {
    const load = async (where: 'WasmModel' | 'WorkerModel') => {
      const edgebert = await import('edgebert');
      const events: { loaded: number; total: number; phase: 'download' | 'cache' | 'load'; fromCache: boolean }[] = [];
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

    const next = await open(visitor, server.origin);
    await next.evaluate(async () => (await import('edgebert')).default());
    server.log.length = 0;
    const second = await next.evaluate(load, where);
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

test('ten tabs at once make one download', async ({ tab, visitor, server, host }) => {
  void tab;
  host.pause = 2;
  const tabs = await Promise.all(Array.from({ length: 10 }, () => open(visitor, server.origin)));
  for (const outcome of await Promise.all(tabs.map((tab) => visit(tab)))) {
    expectRight(outcome);
    expect(outcome.warnings).toEqual([]);
  }
  expect(host.ranges).toEqual(['']);
  expect(host.served).toBe(packed.length);
});

test('a database of a future version: the model loads, and the page is told', async ({ tab, host }) => {
  await tab.evaluate(leaveFutureDatabaseHere);
  const outcome = await visit(tab);
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expect(host.ranges).toEqual(['']);
});

test('a database that is deleted while it is in use: the model loads, and the deletion is not held up', async ({ tab, visitor, server, host }) => {
  host.pause = 50;
  const other = await open(visitor, server.origin);
  const loading = visit(tab);
  await expect.poll(() => host.served).toBeGreaterThan(packed.length / 4);
  await other.evaluate(deleteDatabaseHere);
  host.pause = 0;
  const outcome = await loading;
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expectRight(await visit(tab));
  expect((await visit(tab)).events[0]).toMatchObject({ fromCache: true });
});

test('a browser that gives too little room: the model loads, and the page is told', async ({ host, server }) => {
  // In KB, for all sites together; one site gets 10 MB of it.
  const firefox = await launch({ extraPrefsFirefox: { 'dom.quotaManager.temporaryStorage.fixedLimit': 12_288 } });
  try {
    const tab = await open(firefox.defaultBrowserContext(), server.origin);
    const outcome = await visit(tab);
    expectRight(outcome);
    expect(outcome.warnings).toMatchObject([{ code: 'quota' }]);
    expect(await tab.evaluate(inDatabaseHere, `${PIECES} return keys.length;`)).toBe(0);
    expect(host.ranges).toEqual(['']);
  } finally {
    await kill(firefox);
  }
});

test('a browser that is killed while it loads: the next start is right', async ({ host, server }) => {
  test.slow();
  const profile = await mkdtemp(join(tmpdir(), 'edgebert-firefox-'));
  try {
    for (const part of [0.2, 0.8]) {
      host.pause = 10;
      const killed = await launch({ userDataDir: profile });
      const tab = await open(killed.defaultBrowserContext(), server.origin);
      await tab.evaluate(async () => (await import('edgebert')).cache.clear());
      const before = host.served;
      void visit(tab).catch(() => {});
      await expect.poll(() => host.served - before).toBeGreaterThan(packed.length * part);
      await kill(killed);

      host.pause = 0;
      const firefox = await launch({ userDataDir: profile });
      const next = await open(firefox.defaultBrowserContext(), server.origin);
      const outcome = await visit(next);
      expectRight(outcome);
      expect(outcome.warnings).toEqual([]);
      const requests = host.ranges.length;
      expectRight(await visit(next));
      expect(host.ranges).toHaveLength(requests);
      await kill(firefox);
    }
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
});
