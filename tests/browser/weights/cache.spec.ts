// What is kept between visits: damage, want of room, other tabs, other versions.
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { models } from '../support/paths';
import { DAMAGES, deleteDatabaseHere, FILE, inDatabase, leaveFutureDatabaseHere, PIECES } from './database';
import { packed } from './host';
import { expect, expectRight, open, test, visit } from './support';

for (const [what, damage] of DAMAGES) {
  test(`${what} in the cache is found, and mended by one download`, async ({ blank, host }) => {
    expectRight(await visit(blank));
    await inDatabase(blank, damage);

    const mended = await visit(blank);
    expectRight(mended);
    expect(mended.warnings).toMatchObject([{ code: 'integrity' }]);
    expect(host.ranges).toEqual(['', '']);

    const third = await visit(blank);
    expectRight(third);
    expect(third.warnings).toEqual([]);
    expect(host.ranges).toHaveLength(2);
  });
}

test('damage is found by a worker as well: in the header, in the middle and at the end', async ({
  blank,
  host,
}) => {
  expectRight(await visit(blank));
  for (const place of [99, 9_000_000, packed.length - 1]) {
    await inDatabase(
      blank,
      `${FILE} bytes[${place}] ^= 1; await write({ ...file, blob: new Blob([bytes]) });`,
    );
    const { value, warnings } = await blank.evaluate(async () => {
      const { WorkerModel, MiniLML6V2 } = await import('edgebert');
      const warnings: string[] = [];
      const onWarning = ({ code }: { code: string }) => warnings.push(code);
      const model = await WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', onWarning });
      const [value] = await model.encode(['Hello world']);
      model.terminate();
      return { value, warnings };
    });
    expect(value).toBeCloseTo(-0.0344, 2);
    expect(warnings).toEqual(['integrity']);
  }
  expect(host.ranges).toEqual(['', '', '', '']);
});

test('a record without pieces is no model', async ({ blank, host }) => {
  expectRight(await visit(blank));
  await inDatabase(
    blank,
    `await done(database.transaction('pieces', 'readwrite').objectStore('pieces').clear());`,
  );
  expectRight(await visit(blank));
  expect(host.ranges).toHaveLength(2);
});

test('no value in the database is larger than a piece while the model is downloaded', async ({
  blank,
  host,
}) => {
  host.faults = [{ cutAt: 9_000_000 }, ...Array.from({ length: 4 }, () => ({ status: 503 }))];
  expect((await visit(blank)).error?.code).toBe('network');
  const sizes = await inDatabase<number[]>(
    blank,
    `return (await done(database.transaction('pieces').objectStore('pieces').getAll())).map(({ size }) => size);`,
  );
  expect(sizes.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1 << 20);
});

test('a complete model is one value, the file', async ({ blank, host }) => {
  expectRight(await visit(blank));
  const [bytes, lengths] = await inDatabase<[number, number[]]>(
    blank,
    `${FILE} return [bytes.length, file.lengths];`,
  );
  expect(bytes).toBe(packed.length);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(packed.length);
  expect(host.ranges).toHaveLength(1);
});

for (const kind of ['blobs', 'arrays'] as const) {
  test(`pieces that an earlier version kept as ${kind} are read`, async ({ blank, host }) => {
    expectRight(await visit(blank));
    const change = kind === 'arrays' ? 'for (const key of keys) await write(key, await read(key));' : '';
    await inDatabase(blank, `${PIECES} ${change}`);
    const second = await visit(blank);
    expectRight(second);
    expect(second.warnings).toEqual([]);
    const left = () =>
      inDatabase<[string, number][]>(
        blank,
        `return done(database.transaction('pieces').objectStore('pieces').getAllKeys());`,
      );
    // Arrays stay, since a browser may keep nothing else; Blobs are joined for the next visit.
    if (kind === 'arrays') expect((await left()).length).toBeGreaterThan(20);
    else await expect.poll(left).toEqual([[expect.any(String), -1]]);
    const third = await visit(blank);
    expectRight(third);
    expect(third.warnings).toEqual([]);
    expect(host.ranges).toHaveLength(1);
  });
}

test('a file without a record is read for the download that would write it', async ({ blank, host }) => {
  expectRight(await visit(blank));
  await inDatabase(
    blank,
    `await done(database.transaction('models', 'readwrite').objectStore('models').clear());`,
  );
  const second = await visit(blank);
  expectRight(second);
  expect(second.warnings).toEqual([]);
  expect((await visit(blank)).warnings).toEqual([]);
  expect(host.ranges).toHaveLength(1);
});

test('a damaged file without a record is mended by the pieces from the damage on', async ({
  blank,
  host,
}) => {
  expectRight(await visit(blank));
  await inDatabase(
    blank,
    `${FILE} bytes[9_000_000] ^= 1; await write({ ...file, blob: new Blob([bytes]) });
     await done(database.transaction('models', 'readwrite').objectStore('models').clear());`,
  );
  const second = await visit(blank);
  expectRight(second);
  expect(second.warnings).toEqual([]);
  expect(host.ranges).toEqual(['', expect.stringMatching(/^bytes=8\d{6}-$/)]);
  // One file again, and a right one.
  await inDatabase(blank, FILE);
  const third = await visit(blank);
  expectRight(third);
  expect(third.warnings).toEqual([]);
  expect(host.ranges).toHaveLength(2);
});

test('where the file can not be kept, pieces stay', async ({ blank, host }) => {
  await blank.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey) {
      if (Object(value).blob) throw new DOMException('no room for a copy', 'QuotaExceededError');
      return put.call(this, value, key);
    };
  });
  for (let visits = 0; visits < 2; visits++) {
    const outcome = await visit(blank);
    expectRight(outcome);
    expect(outcome.warnings).toEqual([]);
  }
  const keys = await inDatabase<[string, number][]>(blank, `${PIECES} return keys;`);
  expect(keys.map(([, number]) => number)).toEqual(keys.map((_, index) => index));
  expect(host.ranges).toHaveLength(1);
});

test('a file is read where Blobs have no streams of bytes', async ({ blank, host }) => {
  expectRight(await visit(blank));
  await blank.evaluate(() => {
    Blob.prototype.stream = () => new ReadableStream();
  });
  const second = await visit(blank);
  expectRight(second);
  expect(second.warnings).toEqual([]);
  expect(host.ranges).toHaveLength(1);
});

test('where Blobs can not be kept, pieces are arrays', async ({ blank, host }) => {
  await blank.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey) {
      if (value instanceof Blob) throw new DOMException('no Blobs in private windows', 'DataCloneError');
      return put.call(this, value, key);
    };
  });
  const first = await visit(blank);
  expectRight(first);
  expect(first.warnings).toEqual([]);
  const kinds = await inDatabase<string[]>(
    blank,
    `${PIECES} return (await done(pieces().getAll())).map((piece) => piece.constructor.name);`,
  );
  expect([...new Set(kinds)]).toEqual(['Uint8Array']);
  expectRight(await visit(blank));
  expect(host.ranges).toHaveLength(1);
});

test('ten tabs at once make one download', async ({ blank, server, host }) => {
  test.slow();
  host.pause = 20;
  const tabs = await Promise.all(Array.from({ length: 10 }, () => open(blank, server.origin)));
  // The package's modules first, so that no tab comes when the download is over.
  await Promise.all(tabs.map((tab) => tab.evaluate(() => import('edgebert').then(() => {}))));
  const outcomes = await Promise.all(tabs.map((tab) => visit(tab)));
  for (const outcome of outcomes) {
    expectRight(outcome);
    expect(outcome.warnings).toEqual([]);
  }
  expect(host.ranges).toEqual(['']);
  expect(host.served).toBe(packed.length);
  // Those who wait see the progress of the one that downloads.
  for (const { events } of outcomes) {
    expect(
      events.filter(({ phase, fromCache }) => phase === 'download' && !fromCache).length,
    ).toBeGreaterThan(10);
  }
});

test('when the tab that downloads is closed, one that waits takes over', async ({ blank, server, host }) => {
  host.pause = 20;
  const first = await open(blank, server.origin);
  const ended = visit(first).catch(() => undefined);
  await expect.poll(() => host.served).toBeGreaterThan(packed.length / 4);
  const second = visit(blank);
  await blank.waitForTimeout(100);
  await first.close();
  await ended;
  host.pause = 0;
  expectRight(await second);
  expect(host.ranges).toEqual(['', expect.stringMatching(/^bytes=\d+-$/)]);
});

test('two loads on one page share one download, and an aborted one does not stop the other', async ({
  blank,
  host,
}) => {
  host.pause = 5;
  const [aborted, loaded] = await Promise.all([
    visit(blank, { baseUrl: '/models', abortAfter: 150 }),
    visit(blank),
  ]);
  expect(aborted.error?.name).toBe('AbortError');
  expectRight(loaded);
  expect(host.ranges.filter((range) => range === '')).toHaveLength(1);
});

test('without Web Locks every tab loads well', async ({ blank, server, host }) => {
  await blank.context().addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
  const tabs = await Promise.all([1, 2, 3].map(() => open(blank, server.origin)));
  for (const outcome of await Promise.all(tabs.map((tab) => visit(tab)))) expectRight(outcome);
  const requests = host.ranges.length;
  const later = await visit(tabs[0]!);
  expectRight(later);
  expect(later.warnings).toEqual([]);
  expect(host.ranges).toHaveLength(requests);
});

async function limitRoom(page: Page, origin: string, quotaSize: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
}

test('a browser that gives too little room: the model loads, and a warning says so', async ({
  blank,
  server,
  host,
}) => {
  await limitRoom(blank, server.origin, 6_000_000);
  const outcome = await visit(blank);
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'quota' }]);
  expect(await inDatabase(blank, `${PIECES} return keys.length;`)).toBe(0);
  expect(host.ranges).toEqual(['']);
});

test('an old version makes room for the new one, other models stay', async ({ blank, server, host }) => {
  // Chromium asks for the room that is left at the first write, and then counts by itself.
  await limitRoom(blank, server.origin, 42_000_000);
  await blank.evaluate(async () => (await import('edgebert')).cache.list());
  await inDatabase(
    blank,
    `const transaction = database.transaction(['models', 'pieces'], 'readwrite');
     const put = (key, name, version, lastUsed) => {
       transaction.objectStore('models').put({ key, name, version, precision: 'int8', bytes: 8000000, hashes: Array(8).fill('0'), files: [], lastUsed });
       for (let i = 0; i < 8; i++) {
         const piece = new Uint8Array(1e6);
         for (let at = 0; at < 1e6; at += 50000) crypto.getRandomValues(piece.subarray(at, at + 50000));
         transaction.objectStore('pieces').put(piece, [key, i]);
       }
     };
     put('all-MiniLM-L6-v2@older', 'all-MiniLM-L6-v2', 'older', 1);
     put('all-MiniLM-L6-v2@old', 'all-MiniLM-L6-v2', 'old', 2);
     put('another@1', 'another', '1', 0);
     await new Promise((resolve) => { transaction.oncomplete = resolve; });`,
  );
  const outcome = await visit(blank);
  expectRight(outcome);
  expect(outcome.warnings).toEqual([]);
  const left = await blank.evaluate(async () => (await import('edgebert')).cache.list());
  expect(left.map(({ name }) => name).sort()).toContain('another');
  expect(left.map(({ version }) => version)).not.toContain('older');
  expect(left[0]!.name).toBe('all-MiniLM-L6-v2');
  const requests = host.ranges.length;
  expectRight(await visit(blank));
  expect(host.ranges).toHaveLength(requests);
});

test('a database of a future version: the model loads, and a warning says so', async ({ blank, host }) => {
  await blank.evaluate(leaveFutureDatabaseHere);
  const outcome = await visit(blank);
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expect(host.ranges).toEqual(['']);
});

test('a database that is deleted while it is in use: the model loads, and the deletion is not held up', async ({
  blank,
  server,
  host,
}) => {
  host.pause = 50;
  const other = await open(blank, server.origin);
  const loading = visit(blank);
  await expect.poll(() => host.served).toBeGreaterThan(packed.length / 4);
  await other.evaluate(deleteDatabaseHere);
  host.pause = 0;
  const outcome = await loading;
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expectRight(await visit(blank));
  expect((await visit(blank)).events[0]).toMatchObject({ fromCache: true });
});

test('a database that another tab holds up: the model loads, and a warning says so', async ({
  blank,
  server,
  host,
}) => {
  const other = await open(blank, server.origin);
  await other.evaluate(
    () =>
      new Promise<void>((resolve) => {
        // It keeps its connection when asked to let go, so that the deletion waits, and all that comes after.
        indexedDB.open('edgebert').onsuccess = () => {
          indexedDB.deleteDatabase('edgebert').onblocked = () => resolve();
        };
      }),
  );
  const outcome = await visit(blank);
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expect(outcome.warnings[0]!.message).toContain('did not open within 5 seconds');
  expect(host.ranges).toEqual(['']);

  await other.close();
  expectRight(await visit(blank));
  expect((await visit(blank)).events[0]).toMatchObject({ fromCache: true });
});

test('an open that never answers is not waited for', async ({ page, server, host }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
  });
  await page.goto(`${server.origin}/blank.html`);
  const outcome = await visit(page);
  expectRight(outcome);
  expect(outcome.warnings).toMatchObject([{ code: 'state' }]);
  expect(host.ranges).toEqual(['']);
});

test('users can list, ask for and drop what is kept', async ({ blank, host }) => {
  expectRight(await visit(blank));
  const seen = await blank.evaluate(async () => {
    const { cache, MiniLML6V2 } = await import('edgebert');
    const before = await cache.list();
    const has = await cache.has(MiniLML6V2);
    const hasF32 = await cache.has(MiniLML6V2, { precision: 'f32' });
    const estimate = await cache.estimate();
    await cache.delete(MiniLML6V2);
    return {
      before,
      has,
      hasF32,
      estimate,
      after: await cache.list(),
      hasAfter: await cache.has(MiniLML6V2),
    };
  });
  expect(seen.before).toMatchObject([{ name: 'all-MiniLM-L6-v2', precision: 'int8', bytes: packed.length }]);
  expect(Date.now() - seen.before[0]!.lastUsed.getTime()).toBeLessThan(60_000);
  expect(seen).toMatchObject({ has: true, hasF32: false, after: [], hasAfter: false });
  expect(seen.estimate.bytes).toBe(packed.length);
  expect(seen.estimate.quota).toBeGreaterThan(packed.length);

  host.faults = [{ cutAt: 9_000_000 }, ...Array.from({ length: 4 }, () => ({ status: 503 }))];
  expect((await visit(blank)).error?.code).toBe('network');
  await blank.evaluate(async () => (await import('edgebert')).cache.clear());
  const requests = host.ranges.length;
  expectRight(await visit(blank));
  expect(host.ranges[requests], 'the beginning was dropped too').toBe('');
});

test('float32 is cached as well, and resumes after a cut', async ({ blank, server }) => {
  const requests: string[] = [];
  const original = readFileSync(join(models, 'all-MiniLM-L6-v2/checkpoint/model.safetensors'));
  const ranges: string[] = [];
  server.answer('/models/all-MiniLM-L6-v2/checkpoint/model.safetensors', (request, response) => {
    const range = request.headers.range ?? '';
    const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    ranges.push(range);
    response.writeHead(range ? 206 : 200, { 'content-length': original.length - start });
    if (ranges.length > 1) response.end(original.subarray(start));
    else
      response.write(original.subarray(0, 30_000_000), () => setTimeout(() => response.socket?.end(), 200));
  });
  const options = { baseUrl: '/hub', precision: 'f32' as const };
  const folder = '/hub/sentence-transformers/all-MiniLM-L6-v2/resolve/';
  blank.on('request', (request) => {
    const path = new URL(request.url()).pathname;
    if (path.startsWith(folder)) requests.push(path);
  });
  await blank.route(`**${folder}**`, (route) => {
    const file = /resolve\/[^/]+\/(.+)$/.exec(route.request().url())![1]!;
    return route.fulfill({
      status: 302,
      headers: { location: `${server.origin}/models/all-MiniLM-L6-v2/checkpoint/${file}` },
    });
  });
  const first = await visit(blank, options);
  expectRight(first);
  expect(requests.some((path) => path.endsWith('/model.safetensors'))).toBe(true);
  expect(ranges).toEqual(['', expect.stringMatching(/^bytes=\d+-$/)]);

  requests.length = 0;
  const second = await visit(blank, options);
  expectRight(second);
  expect(second.value).toBe(first.value);
  expect(requests).toEqual([]);
});
