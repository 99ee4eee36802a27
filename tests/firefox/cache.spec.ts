// What is kept between visits, where it takes several tabs or a browser of its own.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteDatabaseHere, inDatabaseHere, PIECES } from '../browser/weights/database';
import { packed } from '../browser/weights/host';
import { expectRight } from '../browser/weights/support';
import { expect, kill, launch, open, test, visit } from './support';

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

test('a database that is deleted while it is in use: the model loads, and the deletion is not held up', async ({
  tab,
  visitor,
  server,
  host,
}) => {
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

test('a browser that gives too little room: the model loads, and a warning says so', async ({
  host,
  server,
}) => {
  // In KB, for all sites together; one site gets 10 MB of it.
  const firefox = await launch({
    extraPrefsFirefox: { 'dom.quotaManager.temporaryStorage.fixedLimit': 12_288 },
  });
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
      await settled(profile);

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
      await settled(profile);
    }
  } finally {
    // A process of the killed browser may still be at its last file.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
});

/**
 * Puppeteer takes its settings out of a profile after the browser's end, and must not meet the next
 * start at that.
 */
async function settled(profile: string): Promise<void> {
  await expect
    .poll(async () => (await readdir(profile)).filter((name) => name.endsWith('.puppeteer')))
    .toEqual([]);
}
