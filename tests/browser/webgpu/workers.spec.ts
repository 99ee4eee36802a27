// `device` of WorkerModel: who does what, and what becomes of it when the GPU or its worker fails.
import { figure } from '../support/figures';
import { expect, test } from './support';
import { load, serveWorker } from './workers';

test('bulk work is done by the GPU and interactive work by wasm, each with its own bits', async ({ lab }) => {
  test.setTimeout(120_000);
  expect(await load(lab, 'webgpu')).toEqual({ device: 'webgpu', warnings: [], failure: undefined });
  const seen = await lab.evaluate(async () => {
    const { WasmModel } = await import('edgebert');
    const { model } = held;
    const texts = Array.from({ length: 12 }, (_, i) => `the ${i} brown foxes `.repeat(1 + (i % 3)));
    const here = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
    const expected = here.encode(texts);
    const bulk = await model.encode(texts, true, { priority: 'bulk' });
    const interactive = await model.encode(texts, true, { priority: 'interactive' });
    const short = await model.encode(texts, { priority: 'bulk', dimension: 8 });
    const streamed: number[] = [];
    for await (const vector of model.encodeStream(texts)) streamed.push(...vector);
    const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      a.length === b.length && Array.from(a).every((x, i) => Object.is(x, b[i]));
    model.terminate();
    return {
      interactive: same(interactive, expected),
      bulk: same(bulk, expected),
      largest: Math.max(...expected.map((x, i) => Math.abs(x - bulk[i]!))),
      streamed: same(streamed, bulk),
      cut: short.length,
      inPage: here.info.device,
    };
  });
  expect(seen).toMatchObject({ interactive: true, bulk: false, streamed: true, cut: 96, inPage: 'wasm' });
  expect(seen.largest).toBeLessThan(1e-3);
});

test('without an adapter, webgpu is an error and auto is wasm', async ({ lab, server }) => {
  serveWorker(server, 'replace({ requestAdapter: async () => null });');
  const { failure } = await load(lab, 'webgpu', '/worker.js');
  expect(failure).toMatch(/^unsupported: .*no adapter/);
  expect(await load(lab, 'auto', '/worker.js')).toEqual({ device: 'wasm', warnings: [], failure: undefined });
  const seen = await lab.evaluate(async () => {
    const { model, warnings } = held;
    const { length } = await model.encode(Array.from({ length: 400 }, (_, i) => `many texts ${i}`));
    return { length, device: model.info.device, warnings };
  });
  expect(seen).toEqual({ length: 400 * 32, device: 'wasm', warnings: [] });
});

test('auto leaves a software adapter alone', async ({ lab, server }) => {
  serveWorker(server, 'withDevice(() => tell.postMessage("device"));');
  await load(lab, 'auto', '/worker.js');
  const seen = await lab.evaluate(async () => {
    const { model, warnings } = held;
    let devices = 0;
    new BroadcastChannel('gpu').onmessage = () => devices++;
    await model.encode(Array.from({ length: 2000 }, (_, i) => `many texts ${i}`));
    return { devices, device: model.info.device, warnings };
  });
  expect(seen).toEqual({ devices: 0, device: 'wasm', warnings: [] });
});

test('two lost devices: the vectors are right, there is one warning, and no other try on the page', async ({
  lab,
  server,
}) => {
  test.setTimeout(180_000);
  // Each device is lost with its third submit: the first one is the self-test's.
  serveWorker(
    server,
    `withDevice((device) => {
      const submit = device.queue.submit.bind(device.queue);
      let submits = 0;
      device.queue.submit = (buffers) => {
        submit(buffers);
        if (++submits === 3) device.destroy();
      };
    });`,
  );
  expect((await load(lab, 'webgpu', '/worker.js')).device).toBe('webgpu');
  const seen = await lab.evaluate(async () => {
    const { WasmModel } = await import('edgebert');
    const { model, warnings } = held;
    const texts = Array.from({ length: 30 }, (_, i) => `a text ${i}`);
    const expected = (await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' })).encode(
      texts,
    );
    let largest = 0;
    for (let i = 0; model.info.device === 'webgpu' && i < 500; i++) {
      const found = await model.encode(texts, true, { priority: 'bulk' });
      largest = Math.max(largest, ...found.map((x, k) => Math.abs(x - expected[k]!)));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const found = await model.encode(texts, true, { priority: 'bulk' });
    const onWasm = found.every((x, k) => Object.is(x, expected[k]));
    return { device: model.info.device, largest, onWasm, warnings };
  });
  expect(seen).toMatchObject({ device: 'wasm', onWasm: true, warnings: [expect.stringMatching(/given up/)] });
  expect(seen.largest).toBeLessThan(1e-3);
  expect((await load(lab, 'webgpu')).failure).toMatch(/^unsupported: .*failed on this page/);
});

test('abort and terminate in the middle of a batch; terminate destroys the device', async ({
  lab,
  server,
}) => {
  test.setTimeout(120_000);
  serveWorker(
    server,
    `withDevice((device) => {
      const destroy = device.destroy.bind(device);
      device.destroy = () => { destroy(); tell.postMessage('destroyed'); };
      const submit = device.queue.submit.bind(device.queue);
      device.queue.submit = (buffers) => { submit(buffers); tell.postMessage('submit'); };
    });`,
  );
  await load(lab, 'webgpu', '/worker.js');
  const seen = await lab.evaluate(async () => {
    const { model } = held;
    const channel = new BroadcastChannel('gpu');
    const heard = (what: string) =>
      new Promise<void>((resolve) =>
        channel.addEventListener('message', ({ data }) => {
          if (data === what) resolve();
        }),
      );
    const texts = Array.from({ length: 300 }, (_, i) => `a text ${i}`);
    const outcome = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: Error & { code?: unknown }) => (typeof error.code === 'string' ? error.code : error.name),
      );
    const controller = new AbortController();
    let submitted = heard('submit');
    const aborted = outcome(model.encode(texts, true, { priority: 'bulk', signal: controller.signal }));
    await submitted;
    controller.abort();
    const first = await aborted;
    const again = (await model.encode(texts.slice(0, 3), true, { priority: 'bulk' })).length;
    submitted = heard('submit');
    const destroyed = heard('destroyed');
    const ended = outcome(model.encode(texts, true, { priority: 'bulk' }));
    await submitted;
    model.terminate();
    await destroyed;
    return [first, again, await ended, await outcome(model.encode(['a']))];
  });
  expect(seen).toEqual(['AbortError', 96, 'worker-lost', 'state']);
});

test('a script without its GPU module says so', async ({ lab }) => {
  const failure = await lab.evaluate(async () => {
    const { WorkerModel } = await import('/dist/inline.js' as 'edgebert');
    const options = { device: 'webgpu', cache: 'none' } as const;
    return WorkerModel.from_pretrained('/fixtures/tiny-bert-f32', options).then(
      () => 'loaded',
      ({ code }: { code: string }) => code,
    );
  });
  expect(failure).toBe('unsupported');
});

test('the page keeps 30 frames a second while the GPU works, and asks for no adapter itself', async ({
  lab,
}) => {
  test.setTimeout(120_000);
  await lab.evaluate(() => {
    const scope = globalThis as unknown as {
      GPU: { prototype: { requestAdapter(): unknown } };
      asked: number;
    };
    scope.asked = 0;
    const { requestAdapter } = scope.GPU.prototype;
    scope.GPU.prototype.requestAdapter = function (...options) {
      scope.asked++;
      return requestAdapter.apply(this, options);
    };
  });
  expect((await load(lab, 'webgpu')).device).toBe('webgpu');
  const seen = await lab.evaluate(async () => {
    const { model } = held;
    const framesASecond = async (work: Promise<unknown>) => {
      let isOver = false;
      let frames = 0;
      void work.finally(() => (isOver = true));
      const began = performance.now();
      while (!isOver) {
        await new Promise(requestAnimationFrame);
        frames++;
      }
      return (1000 * frames) / (performance.now() - began);
    };
    const texts = Array.from({ length: 200 }, (_, i) => `the ${i} brown foxes jump over a lazy dog`);
    const bulk = async () => {
      for (const began = performance.now(); performance.now() - began < 1500;)
        await model.encode(texts, { priority: 'bulk' });
    };
    const rates = [];
    // A software adapter shares the processor with the page: what else the machine does spoils some tries.
    for (let i = 0; i < 5; i++) {
      const idle = await framesASecond(new Promise((resolve) => setTimeout(resolve, 500)));
      const working = await framesASecond(bulk());
      rates.push({ idle, working });
      if (working >= Math.min(30, idle / 2)) break;
    }
    const { device } = model.info;
    model.terminate();
    return { rates, device, asked: (globalThis as unknown as { asked: number }).asked };
  });
  const { idle, working } = seen.rates.at(-1)!;
  figure('frames a second, idle and working', `${idle.toFixed(0)}, ${working.toFixed(0)}`);
  expect(seen).toMatchObject({ device: 'webgpu', asked: 0 });
  expect(working).toBeGreaterThanOrEqual(Math.min(30, idle / 2));
});
