// How many workers there are, when they start, and in which order they take what.
import { expect, test } from './support';

const PACKED = '/models/all-MiniLM-L6-v2/model-int8.safetensors';

for (const cache of ['indexeddb', 'none'] as const) {
  test(`workers start when there is work for them, and the bytes are fetched once: cache ${cache}`, async ({
    blank,
    server,
  }) => {
    const seen = await blank.evaluate(async (cache) => {
      const model = await bench.load({ workers: 3, cache });
      const counts = [bench.started.length];
      await model.encode(['one query']);
      counts.push(bench.started.length);
      await bench.grow(model, 3);
      const texts = bench.texts(300);
      const many = await model.encode(texts);
      counts.push(bench.started.length);
      model.terminate();

      const single = await bench.load({ cache: 'none' });
      const alone = await single.encode(texts);
      single.terminate();
      return { counts, same: alone.every((value, i) => Object.is(value, many[i])), length: many.length };
    }, cache);
    expect(seen).toEqual({ counts: [1, 1, 3], same: true, length: 300 * 384 });
    // One for the pool, one for the model that it is compared with.
    expect(server.log.filter(({ path }) => path === PACKED)).toHaveLength(2);
  });
}

test('a float32 model goes to all workers at once', async ({ blank, server }) => {
  server.mount(
    '/checkpoint/',
    new URL('../../../models/all-MiniLM-L6-v2/checkpoint/', import.meta.url).pathname,
  );
  const seen = await blank.evaluate(async () => {
    const { WorkerModel } = await import('edgebert');
    const model = await WorkerModel.from_pretrained('/checkpoint', {
      precision: 'f32',
      workers: 2,
      cache: 'none',
    });
    const { length } = await model.encode(['one', 'two']);
    model.terminate();
    return { length, started: bench.started.length };
  });
  expect(seen).toEqual({ length: 768, started: 2 });
  expect(server.log.filter(({ path }) => path.endsWith('/model.safetensors'))).toHaveLength(1);
});

for (const [cores, most] of [
  [1, 1],
  [2, 1],
  [3, 2],
  [16, 4],
] as const) {
  test(`auto on ${cores} cores: ${most} at most`, async ({ page, server }) => {
    await page.addInitScript((cores) => {
      Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores });
    }, cores);
    await page.goto(`${server.origin}/blank.html`);
    const started = await page.evaluate(async (most) => {
      const model = await bench.load({ workers: 'auto' });
      await bench.grow(model, most);
      model.terminate();
      return bench.started.length;
    }, most);
    expect(started).toBe(most);
  });
}

test('an invalid number of workers is named', async ({ blank }) => {
  const failures = await blank.evaluate(() =>
    Promise.all(
      [0, -1, 1.5, NaN, 'many'].map((workers) => bench.failure(bench.load({ workers: workers as number }))),
    ),
  );
  for (const failure of failures) expect(failure).toMatch(/^(Range|Type)Error: `workers`/);
});

test('a query overtakes a running bulk job, and priority decides against size', async ({ blank }) => {
  const orders = await blank.evaluate(async () => {
    const model = await bench.load();
    const race = async (priorities: ('interactive' | 'bulk' | undefined)[], sizes: number[]) => {
      const order: number[] = [];
      const jobs = sizes.map((size, i) =>
        model
          .encode(bench.texts(size), true, { ...(priorities[i] && { priority: priorities[i] }) })
          .then(() => order.push(i)),
      );
      await Promise.all(jobs);
      return order;
    };
    const orders = {
      bySize: await race([undefined, undefined], [150, 1]),
      patient: await race([undefined, 'bulk'], [150, 1]),
      urgent: await race(['bulk', 'interactive'], [150, 75]),
    };
    model.terminate();
    return orders;
  });
  expect(orders).toEqual({ bySize: [1, 0], patient: [0, 1], urgent: [1, 0] });
});

test('an unknown priority is a TypeError', async ({ blank }) => {
  const failures = await blank.evaluate(async () => {
    const model = await bench.load();
    const priority = 'soon' as 'bulk';
    const failures = [
      await bench.failure(model.encode(['a'], true, { priority })),
      await bench.failure((async () => model.encodeStream(['a'], { priority }).next())()),
    ];
    model.terminate();
    return failures;
  });
  for (const failure of failures)
    expect(failure).toMatch(/^TypeError: `priority` must be 'interactive' or 'bulk'/);
});

test('progress counts texts, never falls, and ends at the total', async ({ blank }) => {
  const events = await blank.evaluate(async () => {
    const model = await bench.load({ workers: 2 });
    const events: { done: number; total: number }[] = [];
    await model.encode(bench.texts(300), true, { onProgress: (event) => events.push({ ...event }) });
    model.terminate();
    return events;
  });
  expect(events.length).toBeGreaterThan(4);
  for (const [i, { done, total }] of events.entries()) {
    expect(total).toBe(300);
    expect(done).toBeGreaterThan(i === 0 ? 0 : events[i - 1]!.done);
  }
  expect(events.at(-1)!.done).toBe(300);
});

test('an abort in mid-job rejects while a worker is at it, and the model keeps working', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const model = await bench.load();
    const controller = new AbortController();
    let events = 0;
    const onProgress = () => {
      if (++events === 2) setTimeout(() => controller.abort());
    };
    const failure = await bench.failure(
      model.encode(bench.texts(3000), true, { signal: controller.signal, onProgress }),
    );
    const before = events;
    // The worker is busy with a piece of the job that is no more; this comes after it.
    const { length } = await model.encode(['still here']);
    await bench.sleep(200);
    model.terminate();
    return { failure, length, later: events - before };
  });
  expect(seen).toEqual({ failure: expect.stringMatching(/^AbortError/), length: 384, later: 0 });
});
