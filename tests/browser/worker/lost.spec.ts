// Workers that end, one way or another.
import { expect, test } from './support';

/** Ends the worker from inside without any event, as the browser does when it wants its memory. */
const VANISHING = `
  import '/dist/worker.js';
  new BroadcastChannel('vanish').onmessage = () => self.close();`;

test('a crash rejects what the worker held; the others keep working, and it is replaced', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const model = await bench.load({ workers: 2 });
    await bench.grow(model, 2);
    // Whoever answers is free afterwards; the other may still be at what was aborted.
    await model.encode(['a query']);
    const [held, other] = [model.encode(bench.texts(100)), model.encode(bench.texts(100, 11))];
    // The first job is under way; the second waits until all of that is given out.
    bench.encoding!.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    const ends = [await bench.failure(held), (await other).length / 384];
    while (bench.started.length < 3) await bench.sleep(10);
    const { length } = await model.encode(bench.texts(100));
    model.terminate();
    return { ends, rows: length / 384, started: bench.started.length };
  });
  expect(seen).toEqual({
    ends: [expect.stringMatching(/^worker-lost: .*out of memory/), 100],
    rows: 100,
    started: 3,
  });
});

test('a worker whose engine traps is lost as well, and replaced', async ({ blank, server }) => {
  // The engine asks the encoder for what is not ASCII, and passes on what that throws.
  server.answer('/trapping.js', (_, response) => {
    response.setHeader('content-type', 'text/javascript').end(`
      import '/dist/worker.js';
      const { encodeInto } = TextEncoder.prototype;
      TextEncoder.prototype.encodeInto = function (text, to) {
        if (text.includes('trap')) throw new WebAssembly.RuntimeError('unreachable');
        return encodeInto.call(this, text, to);
      };`);
  });
  const seen = await blank.evaluate(async () => {
    const model = await bench.load({ workerUrl: '/trapping.js' });
    const failure = await bench.failure(model.encode(['é trap']));
    const { length } = await model.encode(['é text']);
    model.terminate();
    return { failure, length, started: bench.started.length };
  });
  expect(seen).toEqual({
    failure: expect.stringMatching(/^worker-lost: .*unreachable/),
    length: 384,
    started: 2,
  });
});

for (const cache of ['indexeddb', 'none'] as const) {
  test(`the only worker is replaced as well: cache ${cache}`, async ({ blank, server }) => {
    const seen = await blank.evaluate(async (cache) => {
      let events = 0;
      const model = await bench.load({ cache, onProgress: () => events++ });
      const loaded = events;
      const expected = await model.encode(['a text']);
      const held = model.encode(bench.texts(300));
      bench.started[0]!.dispatchEvent(new ErrorEvent('error', { message: 'boom' }));
      const failure = await bench.failure(held);
      const [ids, count, found] = await Promise.all([
        model.tokenize('a text'),
        model.countTokens('a text'),
        model.encode(['a text']),
      ]);
      model.terminate();
      return {
        failure,
        ids: ids.length,
        count,
        same: found.every((value, i) => value === expected[i]),
        more: events - loaded,
      };
    }, cache);
    expect(seen).toEqual({
      failure: expect.stringContaining('worker-lost'),
      ids: 4,
      count: 4,
      same: true,
      more: 0,
    });
    expect(server.log.filter(({ path }) => path.startsWith('/models/'))).toHaveLength(
      cache === 'none' ? 2 : 1,
    );
  });
}

test('a model from a response, which can be read only once, is replaced too', async ({ blank }) => {
  const length = await blank.evaluate(async () => {
    const { WorkerModel } = await import('edgebert');
    const weights = await fetch('/models/all-MiniLM-L6-v2/model-int8.safetensors');
    const model = await WorkerModel.from_pretrained({ weights });
    bench.started[0]!.dispatchEvent(new ErrorEvent('error', { message: 'boom' }));
    const { length } = await model.encode(['a text']);
    model.terminate();
    return length;
  });
  expect(length).toBe(384);
});

test('a worker that ends without a word is noticed, busy or not', async ({ blank, server }) => {
  server.answer('/vanishing.js', (_, response) => {
    response.setHeader('content-type', 'text/javascript').end(VANISHING);
  });
  const seen = await blank.evaluate(async () => {
    const model = await bench.load({ workerUrl: '/vanishing.js' });
    const vanish = new BroadcastChannel('vanish');
    const held = model.encode(bench.texts(2000));
    vanish.postMessage('');
    const failure = await bench.failure(held);
    const { length } = await model.encode(['a text']);
    const before = bench.started.length;
    vanish.postMessage('');
    while (bench.started.length === before) await bench.sleep(10);
    const { length: again } = await model.encode(['a text']);
    model.terminate();
    return { failure, length, again, started: bench.started.length };
  });
  expect(seen).toEqual({
    failure: expect.stringMatching(/^worker-lost: .*ended/),
    length: 384,
    again: 384,
    started: 3,
  });
});

for (const call of ['start', 'begin', 'push', 'finish']) {
  test(`a worker that ends without a word while it loads, asked to ${call}, holds nobody up`, async ({
    blank,
    server,
  }) => {
    const script = `
      import '/dist/worker.js';
      const receive = self.onmessage;
      self.onmessage = (event) => event.data.call === '${call}' ? self.close() : receive(event);`;
    server.answer('/vanishing.js', (_, response) => {
      response.setHeader('content-type', 'text/javascript').end(script);
    });
    const seen = await blank.evaluate(async () => {
      const failure = await bench.failure(bench.load({ workerUrl: '/vanishing.js' }));
      // The same model, which the first load was about to keep.
      const model = await bench.load();
      const { length } = await model.encode(['a text']);
      model.terminate();
      return { failure, length };
    });
    expect(seen).toEqual({ failure: expect.stringMatching(/^worker-lost: .*ended/), length: 384 });
  });
}

test('a worker that ends before its script has begun is given up after a silence', async ({
  page,
  server,
}) => {
  server.answer('/stillborn.js', (_, response) => {
    response.setHeader('content-type', 'text/javascript').end('self.close();');
  });
  await page.clock.install();
  await page.goto(`${server.origin}/blank.html`);
  await page.evaluate(() => {
    const failed = bench.failure(bench.load({ workerUrl: '/stillborn.js' }));
    void failed.then((failure) => Object.assign(globalThis, { failure }));
  });
  const failure = async () => {
    await page.clock.runFor(30_000);
    return page.evaluate(() => (globalThis as unknown as { failure?: string }).failure);
  };
  // Again and again: when the wait for the worker begins depends on how busy the machine is.
  await expect.poll(failure, { timeout: 20_000 }).toMatch(/^worker-lost: .*no answer for 60 seconds/);
});

test('without Web Locks a silence gives it away', async ({ page, server }) => {
  server.answer('/vanishing.js', (_, response) => {
    response.setHeader('content-type', 'text/javascript').end(VANISHING);
  });
  await page.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
  await page.clock.install();
  await page.goto(`${server.origin}/blank.html`);
  const model = await page.evaluateHandle(() => bench.load({ workerUrl: '/vanishing.js', cache: 'none' }));
  await model.evaluate((model) => {
    new BroadcastChannel('vanish').postMessage('');
    Object.assign(globalThis, { held: bench.failure(model.encode(bench.texts(2000))) });
  });
  await page.clock.runFor(90_000);
  expect(await page.evaluate(() => (globalThis as unknown as { held: Promise<string> }).held)).toMatch(
    /^worker-lost: .*no answer for 60 seconds/,
  );
  expect(await model.evaluate(async (model) => (await model.encode(['a text'])).length)).toBe(384);
});

test('where a second worker can not start, the first does the work, and a warning says so', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const warnings: string[] = [];
    const model = await bench.load({
      workers: 3,
      onWarning: ({ code, message }) => warnings.push(`${code}: ${message}`),
    });
    globalThis.Worker = class {
      constructor() {
        throw new DOMException('there are too many already');
      }
    } as unknown as typeof Worker;
    const { length } = await model.encode(bench.texts(300));
    model.terminate();
    return { rows: length / 384, warnings };
  });
  expect(seen).toEqual({
    rows: 300,
    warnings: [expect.stringMatching(/^state: Another worker.*too many/)],
  });
});

test('terminate rejects whatever waits, and what is asked later', async ({ blank }) => {
  const ends = await blank.evaluate(async () => {
    const model = await bench.load({ workers: 2 });
    const pending = [
      model.encode(bench.texts(2000)),
      model.encode(['a']),
      model.tokenize('a'),
      model.encodeStream(bench.texts(500)).next(),
    ];
    const ends = pending.map((work) => bench.failure(work));
    // A second worker is on its way by now.
    await bench.sleep(0);
    model.terminate();
    model.terminate();
    ends.push(
      ...[model.encode(['a']), model.tokenize('a'), model.countTokens('a'), model.encode([])].map((work) =>
        bench.failure(work),
      ),
    );
    return Promise.all(ends);
  });
  expect(ends).toHaveLength(8);
  for (const end of ends.slice(0, 4)) expect(end).toMatch(/^worker-lost: This model was terminated/);
  for (const end of ends.slice(4)) expect(end).toMatch(/^state: This model was terminated/);
});

test('no worker outlives terminate, not even one on its way', async ({ blank }) => {
  const model = await blank.evaluateHandle(() => bench.load({ workers: 3 }));
  await model.evaluate(async (model) => {
    const work = bench.failure(model.encode(bench.texts(3000)));
    while (bench.started.length < 2) await bench.sleep(1);
    model.terminate();
    await work;
  });
  await expect.poll(() => blank.workers().length).toBe(0);
  expect(await blank.evaluate(() => bench.sleep(500).then(() => bench.started.length))).toBe(2);
});

test('using ends a model with its block', async ({ blank }) => {
  const ends = await blank.evaluate(async () => {
    const { WasmModel, MiniLML6V2 } = await import('edgebert');
    const kept: {
      worker?: { encode(texts: string[]): Promise<unknown> };
      waited?: { encode(texts: string[]): Promise<unknown> };
      page?: { encode(texts: string[]): unknown };
    } = {};
    const disposed = (symbol: 'dispose' | 'asyncDispose'): symbol =>
      Symbol[symbol] ?? Symbol.for(`Symbol.${symbol}`);
    kept.worker = await bench.load();
    await (kept.worker as any)[disposed('dispose')]();
    kept.waited = await bench.load();
    await (kept.waited as any)[disposed('asyncDispose')]();
    kept.page = await WasmModel.from_type(MiniLML6V2, { baseUrl: '/models' });
    (kept.page as any)[disposed('dispose')]();
    return [
      await bench.failure(kept.worker.encode(['a'])),
      await bench.failure(kept.waited.encode(['a'])),
      await bench.failure((async () => kept.page!.encode(['a']))()),
    ];
  });
  expect(ends).toEqual([
    expect.stringMatching(/^state/),
    expect.stringMatching(/^state/),
    expect.stringMatching(/^state/),
  ]);
});
