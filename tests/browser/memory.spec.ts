// Memory comes back: after loading and freeing again and again, and after any number of encodes.
import { execFileSync } from 'node:child_process';
import { figure, stress } from './support/figures';
import { expect, test } from './worker/support';

const MB = 1e6;
const CYCLES = stress ? 20 : 6;
/** Encodes with MiniLM; the tiny model does 10,000 in any case. */
const ENCODES = stress ? 10_000 : 100;

declare global {
  // Only inside pages.
  var wasmBytes: () => number;
}

test.describe('WebAssembly memory', () => {
  test.beforeEach(async ({ page }) => {
    await page.addInitScript(() => {
      const memories = new Set<WebAssembly.Memory>();
      const { instantiate } = WebAssembly;
      WebAssembly.instantiate = (async (...args: Parameters<typeof instantiate>) => {
        const result = await instantiate(...args);
        const { exports } = result as unknown as WebAssembly.Instance;
        // By what it is: the build shortens its name.
        for (const value of Object.values(exports))
          if (value instanceof WebAssembly.Memory) memories.add(value);
        return result;
      }) as typeof instantiate;
      globalThis.wasmBytes = () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    });
  });

  test(`is flat over ${CYCLES} loads`, async ({ blank }) => {
    test.slow();
    const bytes = await blank.evaluate(async (cycles) => {
      const { WasmModel, MiniLML6V2 } = await import('edgebert');
      const bytes: number[] = [];
      for (let cycle = 0; cycle < cycles; cycle++) {
        const model = await WasmModel.from_type(MiniLML6V2, { baseUrl: '/models' });
        model.encode(bench.texts(4, 30));
        model.free();
        bytes.push(wasmBytes());
      }
      return bytes;
    }, CYCLES);
    figure(
      'wasm memory',
      `${(bytes[0]! / MB).toFixed(1)} MB after the first load, ${(bytes.at(-1)! / MB).toFixed(1)} MB after ${CYCLES}`,
    );
    // The first load comes from the network, those after it from the cache: memory settles with the third.
    expect(new Set(bytes.slice(2)).size).toBe(1);
    expect(bytes.at(-1)).toBeLessThan(50 * MB);
  });

  for (const [name, source, encodes] of [
    ['the tiny model', '/fixtures/tiny-bert-f32', 10_000],
    ['MiniLM', '/models/all-MiniLM-L6-v2/model-int8.safetensors', ENCODES],
  ] as const) {
    test(`is flat over ${encodes.toLocaleString('en')} encodes of mixed lengths: ${name}`, async ({
      blank,
    }) => {
      test.setTimeout(1_200_000);
      const seen = await blank.evaluate(
        async ({ source, encodes }) => {
          const { WasmModel } = await import('edgebert');
          const model = await WasmModel.from_pretrained(source, { cache: 'none' });
          const text = (i: number) =>
            ['river', 'lantern', 'a quiet market']
              [i % 3]!.concat(' and then')
              .repeat(1 + (i % 7 === 0 ? i % 40 : i % 5));
          const loaded = wasmBytes();
          // The longest text that there is, and the largest batch of those that follow.
          model.encode(['word '.repeat(2000)]);
          model.encode(Array.from({ length: 8 }, (_, i) => text(39 * 7 * i)));
          const warm = wasmBytes();
          for (let i = 0; i < encodes; i++) {
            model.encode(
              i % 10 === 0 ? Array.from({ length: 8 }, (_, k) => text(i + k)) : [text(i)],
              i % 2 === 0,
            );
            if (i % 500 === 0) await bench.sleep(0);
          }
          const after = wasmBytes();
          model.free();
          return { loaded, warm, after };
        },
        { source, encodes },
      );
      const megabytes = (bytes: number) => `${(bytes / MB).toFixed(1)} MB`;
      figure(
        `wasm memory, ${name}`,
        `${megabytes(seen.loaded)} loaded, ${megabytes(seen.warm)} warm, ${megabytes(seen.after)} after ${encodes} encodes`,
      );
      expect(seen.after).toBe(seen.warm);
    });
  }
});

test(`the tab's memory is flat over ${CYCLES} loads and terminations of two workers`, async ({
  browser,
  blank,
}) => {
  test.skip(process.platform === 'win32', 'no ps');
  test.setTimeout(300_000);
  const devtools = await blank.context().newCDPSession(blank);
  const system = await browser.newBrowserCDPSession();
  /** What the system says that the processes of all pages hold, their workers included. */
  const resident = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { processInfo } = await system.send('SystemInfo.getProcessInfo');
    const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    const sizes = execFileSync('ps', ['-o', 'rss=', '-p', pages.join(',')], { encoding: 'utf8' });
    return sizes
      .trim()
      .split(/\s+/)
      .reduce((sum, kibibytes) => sum + 1024 * Number(kibibytes), 0);
  };
  const cycle = (count: number) =>
    blank.evaluate(async (count) => {
      for (let i = 0; i < count; i++) {
        const model = await bench.load({ workers: 2 });
        await model.encode(bench.texts(200, 8));
        model.terminate();
      }
    }, count);
  // The first ones leave what stays: compiled code, and room that the allocator keeps.
  await cycle(3);
  const before = await resident();
  await cycle(CYCLES - 3);
  let after = 0;
  // A worker's memory goes back a moment after its end; a model of one that stayed would be 25 MB.
  await expect
    .poll(async () => (after = await resident()) - before, { timeout: 20_000 })
    .toBeLessThan(25 * MB);
  figure(
    'memory of the tab',
    `${(before / MB).toFixed(0)} MB after 3 loads, ${(after / MB).toFixed(0)} MB after ${CYCLES}`,
  );
});
