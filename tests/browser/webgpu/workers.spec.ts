// `device` of WorkerModel: who does what, and what becomes of it when the GPU or its worker fails.
import type { Page } from '@playwright/test';
import type { WorkerModel } from 'edgebert';
import type { TestServer } from '../support/server';
import { expect, test } from './support';

/** Serves a worker's script that does something to its `navigator.gpu` first. `gpu` is the platform's. */
function serveWorker(server: TestServer, body: string): void {
  const script = `
    const gpu = navigator.gpu;
    const replace = (value) => Object.defineProperty(navigator, 'gpu', { value });
    const tell = new BroadcastChannel('gpu');
    /** The platform's GPU, but for what 'change' makes of each device. */
    const withDevice = (change, info) => replace({
      requestAdapter: async () => {
        const adapter = await gpu.requestAdapter();
        return {
          info: info ?? adapter.info,
          limits: adapter.limits,
          requestDevice: async (descriptor) => {
            const device = await adapter.requestDevice(descriptor);
            change(device);
            return device;
          },
        };
      },
    });
    ${body}`;
  const serve = (path: string, text: string) =>
    server.answer(path, (_, response) => response.setHeader('content-type', 'text/javascript').end(text));
  serve('/gpu.js', script);
  // Imports are done before a worker takes messages; what is awaited is not.
  serve('/worker.js', `import '/gpu.js'; import '/dist/worker.js';`);
}

declare global {
  // Only inside pages: the model that was loaded last, and what it warned of.
  var held: { model: WorkerModel; warnings: string[] };
}

interface Told {
  readonly device: string;
  readonly warnings: string[];
  readonly failure: string | undefined;
}

/** Loads the tiny model in the page as `model`, with what it warned of in `warnings`. */
function load(page: Page, device: 'webgpu' | 'auto', workerUrl?: string): Promise<Told> {
  return page.evaluate(
    async ({ device, workerUrl }) => {
      const { WorkerModel } = await import('edgebert');
      const here = { warnings: [] as string[] } as typeof held;
      globalThis.held = here;
      try {
        here.model = await WorkerModel.from_pretrained('/fixtures/tiny-bert-f32', {
          device,
          cache: 'none',
          ...(workerUrl && { workerUrl }),
          onWarning: (warning) => here.warnings.push(warning.message),
        });
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return { device: '', warnings: here.warnings, failure: `${code}: ${message}` };
      }
      return { device: here.model.info.device, warnings: here.warnings, failure: undefined };
    },
    { device, workerUrl },
  );
}

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
