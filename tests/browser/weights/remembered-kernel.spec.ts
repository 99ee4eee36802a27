// What a trial of the kernels found stays with the cached model, while browser and engine stay the same.
import type { Page } from '@playwright/test';
import { inDatabase } from './database';
import { expect, test } from './support';

const SOURCE = '/models/all-MiniLM-L6-v2/model-int8.safetensors';

interface Finding {
  speedup: number;
  speedupByTwos: number;
  environment: string;
}

/** Loads the model on a fresh page; how many trials of the kernels that took, and the vector's bits. */
async function load(page: Page, workers = false) {
  await page.reload();
  return page.evaluate(
    async ({ source, workers }) => {
      const { WasmModel, WorkerModel } = await import('edgebert');
      const warnings: string[] = [];
      const options = { onWarning: ({ message }: Error) => void warnings.push(message) };
      const model = workers
        ? await WorkerModel.from_pretrained(source, options)
        : await WasmModel.from_pretrained(source, options);
      const vector = await model.encode(['a cat']);
      return { kernel: model.info.kernel, bits: Array.from(new Uint32Array(vector.buffer)), warnings };
    },
    { source: SOURCE, workers },
  );
}

const stored = (page: Page) =>
  inDatabase<Finding | undefined>(
    page,
    `const [record] = await done(database.transaction('models').objectStore('models').getAll());
     return record.kernel;`,
  );

const store = (page: Page, kernel: unknown) =>
  inDatabase(
    page,
    `const store = database.transaction('models', 'readwrite').objectStore('models');
     const [record] = await done(store.getAll());
     await done(store.put({ ...record, kernel: ${JSON.stringify(kernel)} }));`,
  );

for (const workers of [false, true]) {
  test(`the next visit goes by it, ${workers ? 'in a worker' : 'on the page'}`, async ({ blank }) => {
    const first = await load(blank, workers);
    const found = (await stored(blank))!;
    expect(found.speedup).toBeGreaterThan(0);
    expect(found.speedupByTwos).toBeGreaterThan(0);
    expect(found.environment).toContain(await blank.evaluate(() => navigator.userAgent));
    // Every answer is taken: had there been a trial, one of them would come out differently.
    for (const [kernel, speedup, speedupByTwos] of [
      ['simd128', 0.5, 0.4],
      ['relaxed', 9, 1],
      ['relaxed', 0.8, 1.3],
    ] as const) {
      const finding = { ...found, speedup, speedupByTwos };
      await store(blank, finding);
      const next = await load(blank, workers);
      expect(next).toEqual({ ...first, kernel });
      expect(await stored(blank)).toEqual(finding);
    }
  });
}

test('between the thresholds only calibrated files are loaded for relaxed SIMD', async ({ blank }) => {
  await load(blank);
  const found = (await stored(blank))!;
  await store(blank, { ...found, speedup: 1.3, speedupByTwos: 9 });
  await blank.reload();
  const kernels = await blank.evaluate(
    async (sources) => {
      const { WasmModel } = await import('edgebert');
      const kernels: string[] = [];
      for (const source of sources) {
        const model = await WasmModel.from_pretrained(source);
        kernels.push(model.info.kernel);
        model.free();
      }
      return kernels;
    },
    [SOURCE, '/fixtures/tiny-bert-f32/'],
  );
  expect(kernels).toEqual(['relaxed', 'simd128']);
});

test('what another browser or engine found is replaced', async ({ blank }) => {
  test.slow();
  const first = await load(blank);
  const found = (await stored(blank))!;
  for (const environment of [`${found.environment} `, '0.0.1 Mozilla/5.0', '']) {
    await store(blank, { ...found, speedup: 123, environment });
    const next = await load(blank);
    expect(next.bits).toEqual(first.bits);
    await expect(async () => {
      const replaced = (await stored(blank))!;
      expect(replaced.speedup).not.toBe(123);
      expect(replaced.environment).toBe(found.environment);
    }).toPass();
  }
});

test('what makes no sense is as good as nothing', async ({ blank }) => {
  test.slow();
  const first = await load(blank);
  const found = (await stored(blank))!;
  for (const wrong of [
    null,
    7,
    { ...found, speedup: '9' },
    { ...found, speedupByTwos: undefined },
    { speedup: 9, speedupByTwos: 9 },
    { ...found, speedup: NaN },
    [found],
  ]) {
    await store(blank, wrong);
    const next = await load(blank);
    expect([next.bits, next.warnings]).toEqual([first.bits, []]);
    await expect(async () => expect((await stored(blank))!.environment).toBe(found.environment)).toPass();
  }
});

test('a kernel that the program names is used, and is not remembered as a finding', async ({ blank }) => {
  await load(blank);
  const found = (await stored(blank))!;
  for (const kernel of ['simd128', 'relaxed'] as const) {
    await blank.reload();
    const used = await blank.evaluate(
      async ({ source, kernel }) => {
        const { WasmModel } = await import('edgebert');
        return (await WasmModel.from_pretrained(source, { kernel })).info.kernel;
      },
      { source: SOURCE, kernel },
    );
    expect(used).toBe(kernel);
    expect(await stored(blank)).toEqual(found);
  }
});
