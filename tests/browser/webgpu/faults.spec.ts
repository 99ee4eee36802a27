// What goes wrong with a GPU: right numbers or an error with a code, and nothing that hangs.
import { expect, test } from './support';

/** What the lab's functions give; page/lab.js has no types. */
type Lab = any;

const TINY = '/fixtures/tiny-bert-f32';
const TEXTS = ['hello world', 'a', 'the quick brown fox jumps over the lazy dog', 'two words', 'and so on'];

const UNUSABLE: [string, string, RegExp][] = [
  ['no adapter', `lab.wrapGpu({ requestAdapter: async () => null })`, /no adapter/],
  [
    'an adapter that is refused',
    `lab.wrapGpu({ requestAdapter: async () => { throw new Error('blocklisted.'); } })`,
    /blocklisted\. Load/,
  ],
  [
    'a device that is refused',
    `lab.wrapGpu({ requestDevice: async () => { throw new TypeError('no such limit'); } })`,
    /no such limit/,
  ],
  [
    'limits that are too small',
    `lab.wrapGpu({ requestAdapter: async () => ({ info: {}, limits: { maxStorageBufferBindingSize: 1e5, maxBufferSize: 1e6 } }) })`,
    /needs a buffer of \d+ bytes/,
  ],
  ['no WebGPU at all', `Object.defineProperty(navigator, 'gpu', { value: undefined })`, /has none/],
];

test('without an adapter and a device there is an error that says so', async ({ lab }) => {
  for (const [what, prepare, message] of UNUSABLE) {
    const failure = await lab.evaluate(
      async ({ folder, prepare }) => {
        const lab: Lab = await import('/lab/lab.js' as string);
        const engine = await lab.load(folder);
        // Each has its own page's `navigator.gpu`.
        delete (navigator as any).gpu;
        new Function('lab', prepare)(lab);
        const failure = await lab.open(engine).then(
          () => ({}),
          ({ code, message }: { code: string; message: string }) => ({ code, message }),
        );
        engine.free();
        delete (navigator as any).gpu;
        return failure;
      },
      {
        folder: TINY,
        prepare: prepare.replace('{ value: undefined }', '{ configurable: true, value: undefined }'),
      },
    );
    expect(failure, what).toMatchObject({ code: 'unsupported', message: expect.stringMatching(message) });
  }
});

/** The build takes spaces out of the shaders. */
const BROKEN: [string, string, RegExp][] = [
  ['a shader that does not compile', `code.replace(/word: ?u32/, 'word: u33')`, /shader/],
  [
    'a driver that computes zeros',
    `code.replace(/(output.m ?\\* ?width ?\\+ ?n. ?= ?v);/, '$1 * 0;')`,
    /self-test/,
  ],
  ['a driver that computes nonsense', `code.replace(/\\* ?inverse ?\\*/, '*')`, /self-test/],
  ['a driver that adds up wrongly', `code.replace(/k ?< ?32; ?k\\+\\+/, 'k < 31; k++')`, /self-test/],
];

test('a GPU that computes something else is not used, and a warning says why', async ({ lab }) => {
  test.setTimeout(180_000);
  for (const [what, change, message] of BROKEN) {
    const { isOpen, shut, changes } = await lab.evaluate(
      async ({ folder, change }) => {
        const lab: Lab = await import('/lab/lab.js' as string);
        const changedCode = new Function('code', `return ${change}`) as (code: string) => string;
        let changes = 0;
        lab.wrapGpu({
          device: (device: GPUDevice) =>
            lab.changed(device, {
              createShaderModule: (create: (descriptor: object) => unknown, { code }: { code: string }) => {
                const other = changedCode(code);
                if (other !== code) changes++;
                return create({ code: other });
              },
            }),
        });
        const engine = await lab.load(folder);
        const { lane, shut } = await lab.open(engine);
        return { isOpen: lane !== undefined, shut, changes };
      },
      { folder: TINY, change },
    );
    expect(changes, what).toBeGreaterThan(0);
    expect({ what, isOpen }).toEqual({ what, isOpen: false });
    expect(shut, what).toEqual([expect.stringMatching(message)]);
  }
});

test('a model that no shader is for stays on wasm', async ({ lab }) => {
  const shut = await lab.evaluate(async (folder) => {
    const lab: Lab = await import('/lab/lab.js' as string);
    const files = await Promise.all(
      ['config.json', 'tokenizer.json'].map(async (name) => [
        name,
        await (await fetch(`${folder}/${name}`)).text(),
      ]),
    );
    const weights = new Uint8Array(await (await fetch(`${folder}/model.safetensors`)).arrayBuffer());
    const engine = await lab.build(files, weights, 'f32');
    const seen = await lab.open(engine);
    return { open: seen.lane !== undefined, shut: seen.shut };
  }, TINY);
  expect(shut).toEqual({ open: false, shut: [expect.stringContaining('float32')] });
});

test('a submit with a validation error: wasm does the piece, and another device the next one', async ({
  lab,
}) => {
  test.setTimeout(120_000);
  const seen = await lab.evaluate(
    async ({ folder, texts }) => {
      const lab: Lab = await import('/lab/lab.js' as string);
      let devices = 0;
      let isWrong = false;
      lab.wrapGpu({
        device: (device: GPUDevice) => {
          devices++;
          return lab.changed(device, {
            createCommandEncoder: (create: () => GPUCommandEncoder) => {
              const commands = create();
              // An offset that is no multiple of 4.
              if (isWrong) commands.clearBuffer(device.createBuffer({ size: 16, usage: 8 }), 3);
              return commands;
            },
          });
        },
      });
      const engine = await lab.load(folder);
      const seen = await lab.open(engine);
      const work = lab.encoding(engine, texts);
      const right = [...(await seen.lane.run(work))];
      isWrong = true;
      const during = await seen.lane.run(work);
      const byWasm = seen.wasm;
      isWrong = false;
      // The new device is compiled for in the background.
      for (let i = 0; devices < 2 || seen.lane.rate === 0; i++) {
        if (i > 600) throw new Error('there is no new device');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const after = await seen.lane.run(work);
      return {
        during: lab.largestDifference(during, lab.onWasm(engine, work)),
        after: lab.largestDifference(after, right),
        usedWasm: byWasm > 0,
        devices,
        shut: seen.shut,
      };
    },
    { folder: TINY, texts: TEXTS },
  );
  expect(seen).toEqual({ during: 0, after: 0, usedWasm: true, devices: 2, shut: [] });
});

test('devices that are lost before, in and after a batch: the numbers are right, and two losses end it', async ({
  lab,
}) => {
  test.setTimeout(240_000);
  const seen = await lab.evaluate(
    async ({ folder, texts }) => {
      const lab: Lab = await import('/lab/lab.js' as string);
      const devices: GPUDevice[] = [];
      lab.wrapGpu({ device: (device: GPUDevice) => (devices.push(device), device) });
      const engine = await lab.load(folder);
      const work = lab.encoding(engine, texts);
      const wasm = lab.onWasm(engine, work);
      const results: Record<string, unknown> = {};
      const note = async (what: string, numbers: Promise<Float32Array>) =>
        (results[what] = lab.largestDifference(await numbers, wasm));
      const isOpenAgain = async ({ lane }: Lab) => {
        for (let i = 0; lane.rate === 0 && i < 600; i++)
          await new Promise((resolve) => setTimeout(resolve, 100));
        return lane.rate > 0;
      };

      const one = await lab.open(engine);
      devices[0]!.destroy();
      await note('before', one.lane.run(work));
      results.openAgain = await isOpenAgain(one);
      const running = one.lane.run(work);
      // Tokens are made and the submit is on its way.
      await new Promise((resolve) => setTimeout(resolve, 1));
      devices[1]!.destroy();
      await note('during', running);
      await note('after both', one.lane.run(work));
      results.shut = one.shut.length;
      results.devices = devices.length;

      const two = await lab.open(engine);
      await two.lane.run(work);
      devices[2]!.destroy();
      await devices[2]!.lost;
      await note('after', two.lane.run(work));
      two.lane.close();
      return results;
    },
    { folder: TINY, texts: TEXTS },
  );
  expect(seen).toMatchObject({ openAgain: true, shut: 1, devices: 2 });
  for (const what of ['before', 'during', 'after both', 'after']) expect(seen[what], what).toBeLessThan(1e-3);
});

test('where memory is short a piece is halved, and a text that still does not fit goes to wasm', async ({
  lab,
}) => {
  test.setTimeout(120_000);
  const seen = await lab.evaluate(
    async ({ folder, texts }) => {
      const lab: Lab = await import('/lab/lab.js' as string);
      const engine = await lab.load(folder);
      const results = [];
      // Rows of 32 tokens fit, and those of 64 do not.
      lab.wrapGpu({ device: (device: GPUDevice) => lab.shortOfMemory(device, 2 ** 16) });
      for (const list of [texts, ['word '.repeat(300)]]) {
        const seen = await lab.open(engine);
        const work = lab.encoding(engine, list);
        const numbers = await seen.lane.run(work);
        results.push({
          near: lab.largestDifference(numbers, lab.onWasm(engine, work)) < 1e-3,
          wasm: seen.wasm,
          shut: seen.shut,
        });
        seen.lane.close();
      }
      return results;
    },
    { folder: TINY, texts: Array.from({ length: 40 }, (_, i) => `text ${i}`) },
  );
  expect(seen[0]).toEqual({ near: true, wasm: 0, shut: [] });
  expect(seen[1]).toMatchObject({ near: true, shut: [] });
});

test('encodes at the same time and one after the other: the same numbers, and no more memory', async ({
  lab,
}) => {
  test.setTimeout(240_000);
  const seen = await lab.evaluate(
    async ({ folder, texts }) => {
      const lab: Lab = await import('/lab/lab.js' as string);
      const counts: Lab[] = [];
      lab.wrapGpu({
        device: (device: GPUDevice) => {
          counts.push(lab.countingBytes(device));
          return counts[0].changed;
        },
      });
      const engine = await lab.load(folder);
      const seen = await lab.open(engine);
      const work = lab.encoding(engine, texts);
      const first = [...(await seen.lane.run(work))];
      const together = await Promise.all(Array.from({ length: 5 }, () => seen.lane.run(work)));
      const level = counts[0].live;
      const levels = new Set<number>();
      const few = lab.encoding(engine, texts.slice(0, 1));
      for (let i = 0; i < 100; i++) {
        await seen.lane.run(few);
        levels.add(counts[0].live);
      }
      return {
        same: together.every((numbers) => lab.largestDifference(numbers, first) === 0),
        levels: levels.size,
        isLevel: levels.has(level),
        wasm: seen.wasm,
        devices: counts.length,
      };
    },
    { folder: TINY, texts: TEXTS },
  );
  expect(seen).toEqual({ same: true, levels: 1, isLevel: true, wasm: 0, devices: 1 });
});

test('a model that takes long to read and to lay out lets other requests of its worker in', async ({
  lab,
}) => {
  test.setTimeout(120_000);
  const turns = await lab.evaluate(async (folder) => {
    const lab: Lab = await import('/lab/lab.js' as string);
    const engine = await lab.load(folder);
    const { setTimeout } = globalThis;
    const turnsBefore = async (clock: () => number) => {
      let turns = 0;
      let before = NaN;
      performance.now = clock;
      globalThis.setTimeout = ((...options: Parameters<typeof setTimeout>) => {
        turns++;
        return setTimeout(...options);
      }) as typeof setTimeout;
      lab.wrapGpu({ requestDevice: async () => ((before = turns), Promise.reject(new Error('enough'))) });
      await lab.open(engine).catch(() => {});
      globalThis.setTimeout = setTimeout;
      return before;
    };
    let now = 0;
    return [await turnsBefore(() => now), await turnsBefore(() => (now += 20))];
  }, TINY);
  // The model has one piece and two layers.
  expect(turns).toEqual([0, 3]);
});
