// Loads that are aborted or killed at any moment: what follows is right every time.
import type { Page } from '@playwright/test';
import { routeHub } from '../support/test';
import { abortHere, momentsOf, numbers } from './aborts';
import { expect, expectRight, open, test, visit } from './support';

for (const seed of [1, 2, 3, 4]) {
  test(`50 loads aborted at any moment, with a good one after each ten: ${seed}`, async ({ blank, host }) => {
    test.slow();
    host.pause = 1;
    let slowest = 0;
    for (let ten = 0; ten < 5; ten++) {
      const moments = momentsOf(100 * seed + ten, 10, 500);
      const { ends, slowest: latest } = await blank.evaluate(abortHere, { moments, baseUrl: '/models' });
      expect(Object.keys(ends).filter((end) => end !== 'loaded' && end !== 'AbortError')).toEqual([]);
      slowest = Math.max(slowest, latest);
      const after = await visit(blank);
      expectRight(after);
      expect(after.warnings).toEqual([]);
      await blank.evaluate(async () => (await import('edgebert')).cache.clear());
    }
    test.info().annotations.push({ type: 'slowest abort', description: `${slowest.toFixed(1)} ms` });
  });
}

test('loads of the original, aborted at any moment', async ({ blank, server, host }) => {
  test.slow();
  await routeHub(blank, server);
  const moments = momentsOf(9, 12, 3000);
  const { ends, slowest } = await blank.evaluate(abortHere, { moments });
  expect(Object.keys(ends).filter((end) => end !== 'loaded' && end !== 'AbortError')).toEqual([]);
  test.info().annotations.push({ type: 'slowest abort', description: `${slowest.toFixed(1)} ms` });

  const converted = await visit(blank, {});
  expectRight(converted);
  expect(converted.warnings).toEqual([]);
  expect((await visit(blank, {})).events[0]).toMatchObject({ fromCache: true });
  expect(host.ranges).toEqual([]);
});

test('an abort rejects though a server never answers', async ({ blank, server }) => {
  server.answer('/silent', () => {});
  const outcome = await visit(blank, { url: '/silent', abortAfter: 200 });
  expect(outcome.error?.name).toBe('AbortError');
});

test('an abort rejects though it waits for another try', async ({ blank, host }) => {
  host.faults = [{ status: 503, headers: { 'retry-after': '60' } }];
  const outcome = await visit(blank, { baseUrl: '/models', abortAfter: 300 });
  expect(outcome.error?.name).toBe('AbortError');
  expect(host.ranges).toHaveLength(1);
});

test('a load that hangs holds up no other once it is aborted', async ({ blank }) => {
  const ends = await blank.evaluate(async () => {
    const { WasmModel, WorkerModel, MiniLML6V2 } = await import('edgebert');
    const ends: string[] = [];
    for (const Model of [WasmModel, WorkerModel]) {
      const controller = new AbortController();
      // It settles never, and knows nothing of signals.
      const hangs = () => new Promise<Response>(() => setTimeout(() => controller.abort(), 50));
      const options = { baseUrl: '/models', fetch: hangs, signal: controller.signal };
      await Model.from_type(MiniLML6V2, options).catch(({ name }: Error) => ends.push(name));
    }
    const model = await WasmModel.from_type(MiniLML6V2, { baseUrl: '/models' });
    ends.push(model.info.architecture);
    model.free();
    return ends;
  });
  expect(ends).toEqual(['AbortError', 'AbortError', 'bert']);
});

test('a worker that can not start fails the load, and no later one', async ({ blank, server }) => {
  server.answer('/throws.js', (_, response) => {
    response
      .setHeader('content-type', 'text/javascript')
      .end('onmessage = () => { throw new Error("boom"); };');
  });
  const ends = await blank.evaluate(async () => {
    const { WorkerModel, MiniLML6V2 } = await import('edgebert');
    const ends: string[] = [];
    for (const workerUrl of ['/missing.js', '/blank.html', '/throws.js']) {
      const options = { baseUrl: '/models', workerUrl };
      await WorkerModel.from_type(MiniLML6V2, options).catch(
        ({ code, message }: { code: string; message: string }) => {
          ends.push(code, message);
        },
      );
    }
    const model = await WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models' });
    ends.push(model.info.architecture);
    model.terminate();
    return ends;
  });
  expect(ends).toEqual([
    'worker-lost',
    expect.stringContaining('could not be loaded'),
    'worker-lost',
    expect.stringContaining('could not be loaded'),
    'worker-lost',
    expect.stringContaining('boom'),
    'bert',
  ]);
});

test('a worker that ends without a word holds up no other load for good', async ({ blank, server, host }) => {
  server.answer('/leaves.js', (_, response) => {
    response
      .setHeader('content-type', 'text/javascript')
      .end(
        "onmessage = ({ data: { id, call } }) => call === 'push' ? close() : postMessage({ id, value: undefined });",
      );
  });
  await blank.clock.install();
  await blank.evaluate(async () => {
    const { WorkerModel, MiniLML6V2 } = await import('edgebert');
    void WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', workerUrl: '/leaves.js' }).catch(() => {});
  });
  await expect.poll(() => host.served).toBeGreaterThan(0);
  const { held, pending } = await blank.evaluate(() => navigator.locks.query());
  expect([held!.length, pending!.length]).toEqual([1, 0]);

  const next = visit(blank);
  await expect
    .poll(async () => (await blank.evaluate(() => navigator.locks.query())).pending!.length)
    .toBe(1);
  await blank.clock.runFor(100_000);
  const outcome = await next;
  expectRight(outcome);
  expect(await blank.evaluate(() => navigator.locks.query())).toEqual({ held: [], pending: [] });
});

test('a signal that was aborted before makes no request', async ({ blank, host }) => {
  const name = await blank.evaluate(async () => {
    const { WasmModel, WorkerModel, MiniLML6V2 } = await import('edgebert');
    const options = { baseUrl: '/models', signal: AbortSignal.abort() };
    const ends = await Promise.allSettled([
      WasmModel.from_type(MiniLML6V2, options),
      WorkerModel.from_type(MiniLML6V2, options),
    ]);
    return ends.map((end) => (end.status === 'rejected' ? (end.reason as Error).name : end.status));
  });
  expect(name).toEqual(['AbortError', 'AbortError']);
  expect(host.ranges).toEqual([]);
});

test('an abort rejects with its reason, whatever it is', async ({ blank }) => {
  const same = await blank.evaluate(async () => {
    const { WasmModel, MiniLML6V2 } = await import('edgebert');
    const reasons = [new DOMException('enough', 'AbortError'), new RangeError('the person left'), 'a text'];
    const ends = reasons.map((reason) =>
      WasmModel.from_type(MiniLML6V2, { baseUrl: '/models', signal: AbortSignal.abort(reason) }).then(
        () => false,
        (thrown: unknown) => thrown === reason,
      ),
    );
    const slow = AbortSignal.timeout(1);
    ends.push(
      WasmModel.from_type(MiniLML6V2, { baseUrl: '/models', signal: slow }).then(
        () => false,
        (thrown: unknown) => thrown === slow.reason && (thrown as Error).name === 'TimeoutError',
      ),
    );
    return Promise.all(ends);
  });
  expect(same).toEqual([true, true, true, true]);
});

for (const seed of [1, 2, 3, 4]) {
  test(`50 pages killed while they load, and a good load after each: ${seed}`, async ({
    blank,
    server,
    host,
  }) => {
    test.setTimeout(240_000);
    const random = numbers(seed);
    for (let round = 0; round < 50; round++) {
      const page = await open(blank, server.origin);
      host.pause = 2;
      void visit(page).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, random.next().value * 700));
      await kill(page, round % 2 === 0);
      host.pause = 0;
      const after = await visit(blank);
      expectRight(after);
      expect(after.warnings).toEqual([]);
      if (random.next().value < 0.8)
        await blank.evaluate(async () => (await import('edgebert')).cache.clear());
    }
  });
}

test('4 pages killed while they convert the original and write what it becomes, and a good load after each', async ({
  blank,
  server,
}) => {
  test.setTimeout(240_000);
  await routeHub(blank, server);
  const random = numbers(6);
  for (let round = 0; round < 4; round++) {
    const page = await open(blank, server.origin);
    let loaded = 0;
    // From here on the packed pieces are written.
    page.on('console', (message) => (loaded = Number(message.text())));
    await page.evaluate(async () => {
      const { WasmModel, MiniLML6V2 } = await import('edgebert');
      void WasmModel.from_type(MiniLML6V2, {
        onProgress: ({ loaded, total }) => loaded === total && console.log(loaded),
      });
    });
    if (round % 2 === 0)
      await expect.poll(() => loaded, { intervals: [5], timeout: 30_000 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, random.next().value * (round % 2 === 0 ? 150 : 1500)));
    await kill(page, round % 4 < 2);
    const after = await visit(blank, {});
    expectRight(after);
    expect(after.warnings).toEqual([]);
    await blank.evaluate(async () => (await import('edgebert')).cache.clear());
  }
});

/** Ends a page as a person would, or as a crash does, which leaves it no moment to tidy up. */
async function kill(page: Page, crash: boolean): Promise<void> {
  if (!crash) return page.close();
  const devtools = await page.context().newCDPSession(page);
  const crashed = new Promise((resolve) => page.once('crash', resolve));
  void devtools.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
}
