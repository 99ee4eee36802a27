// `device: 'auto'`: the GPU is kept where it is worth it, and the outcome is remembered. Rates are given, not
// measured: the clock stands still but for what a submit and wasm's part are said to take.
import { dist } from '../support/paths';
import type { TestServer } from '../support/server';
import { expect, test } from './support';
import { load, serveWorker } from './workers';

/** What the lab's functions give; page/lab.js has no types. */
type Lab = any;

const TINY = '/fixtures/tiny-bert-f32';

test('the GPU is kept from 1.5 times the rate of all wasm workers on, and given back below', async ({
  lab,
}) => {
  test.setTimeout(120_000);
  const seen = await lab.evaluate(async (folder) => {
    const lab: Lab = await import('/lab/lab.js' as string);
    const engine = await lab.load(folder);
    const clock = lab.standingClock();
    let rate = 0;
    let isGivenBack = false;
    lab.shareDevice({
      info: () => ({ isFallbackAdapter: false }),
      once: (device: GPUDevice) => lab.onSubmit(device, (tokens: number) => clock.advance(tokens / rate)),
      destroy: () => (isGivenBack = true),
    });
    const texts = Array.from({ length: 128 }, (_, i) => `the ${i} quick brown foxes jump over it`);
    const results = [];
    for (const [workers, gpu] of [
      [1, 15.1],
      [1, 14.9],
      [3, 45.1],
      [3, 44.9],
    ] as const) {
      rate = gpu;
      isGivenBack = false;
      const trial = { ...lab.encoding(engine, texts), workers };
      const { lane, shut } = await lab.open(engine, trial, ({ texts }: { texts: string[] }) => {
        clock.advance(engine.tokenizeBatch([...texts], '').ids.length / 10);
      });
      results.push({ isKept: lane !== undefined, isGivenBack, shut });
    }
    return results;
  }, TINY);
  const kept = { isKept: true, isGivenBack: false, shut: [] };
  const givenBack = { isKept: false, isGivenBack: true, shut: [] };
  expect(seen).toEqual([kept, givenBack, kept, givenBack]);
});

test('a lost device of auto is not replaced by a software adapter', async ({ lab }) => {
  const seen = await lab.evaluate(async (folder) => {
    const lab: Lab = await import('/lab/lab.js' as string);
    const engine = await lab.load(folder);
    const clock = lab.standingClock();
    const devices: GPUDevice[] = [];
    lab.wrapGpu({
      // A browser whose GPU process has crashed goes on with the processor.
      info: () => ({ isFallbackAdapter: devices.length > 0 }),
      device: (device: GPUDevice) => (devices.push(device), device),
    });
    const texts = ['hello world', 'a', 'two words'];
    const work = lab.encoding(engine, texts);
    const { lane, shut } = await lab.open(engine, { ...work, workers: 1 }, () => clock.advance(1e6));
    devices[0]!.destroy();
    const numbers = await lane.run(work);
    for (let i = 0; shut.length === 0 && i < 100; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return {
      devices: devices.length,
      shut,
      near: lab.largestDifference(numbers, lab.onWasm(engine, work)) < 1e-3,
    };
  }, TINY);
  expect(seen).toEqual({ devices: 1, shut: [expect.stringMatching(/processor/)], near: true });
});

/** Serves /worker.js, whose GPU and engine do so many tokens a millisecond by a clock that stands still. */
function serveRates(server: TestServer, gpu: number, wasm: number): void {
  serveWorker(
    server,
    `import { onSubmit, standingClock } from '/lab/rates.js';
    globalThis.clock = standingClock();
    withDevice((device) => {
      tell.postMessage('device');
      onSubmit(device, (tokens) => clock.advance(tokens / ${gpu}));
      const destroy = device.destroy.bind(device);
      device.destroy = () => { destroy(); tell.postMessage('destroyed'); };
    }, { isFallbackAdapter: false });`,
  );
  server.mount('/original/', dist);
  const script = `
    import { openLane as open } from '/original/webgpu.js';
    export const openLane = (host, trial) => {
      const onWasm = (work) => {
        clock.advance(host.engine.tokenizeBatch([...work.texts], '').ids.length / ${wasm});
        return host.onWasm(work);
      };
      return open({ ...host, onWasm }, trial);
    };`;
  server.answer('/dist/webgpu.js', (_, response) =>
    response.setHeader('content-type', 'text/javascript').end(script),
  );
}

for (const { gpu, device } of [
  { gpu: 100, device: 'webgpu' },
  { gpu: 1, device: 'wasm' },
]) {
  test(`auto with a GPU of ${gpu} tokens a millisecond and 10 of wasm: ${device}, with no other trial`, async ({
    lab,
    server,
  }) => {
    test.setTimeout(120_000);
    serveRates(server, gpu, 10);
    expect(await load(lab, 'auto', '/worker.js')).toMatchObject({ device: 'wasm', failure: undefined });
    const seen = await lab.evaluate(async (device) => {
      const { model, warnings } = held;
      const told: string[] = [];
      new BroadcastChannel('gpu').onmessage = ({ data }) => told.push(data);
      const texts = Array.from({ length: 400 }, (_, i) => `many texts ${i}`);
      await model.encode(texts, { priority: 'bulk' });
      const isDecided = () =>
        model.info.device === device && (device === 'webgpu' || told.includes('destroyed'));
      for (let i = 0; !isDecided() && i < 600; i++) await new Promise((resolve) => setTimeout(resolve, 100));
      const later = [];
      for (let i = 0; i < 2; i++) later.push(await model.encode(texts, { priority: 'bulk' }));
      const wasm = await model.encode(texts, { priority: 'interactive' });
      const result = {
        told: [...told],
        device: model.info.device,
        onWasm: later.map((numbers) => numbers.every((x, i) => Object.is(x, wasm[i]))),
        warnings,
      };
      model.terminate();
      return result;
    }, device);
    const isGpu = device === 'webgpu';
    expect(seen).toEqual({
      told: isGpu ? ['device'] : ['device', 'destroyed'],
      device,
      onWasm: [!isGpu, !isGpu],
      warnings: [],
    });
  });
}
