// What the GPU computes: against an encoder in float64, and against wasm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure } from '../support/figures';
import { fixtures } from '../support/paths';
import { expect, filesOf, MODELS, test } from './support';

/** What the lab's functions give; page/lab.js has no types. */
type Lab = any;

test('every fixture model that it takes: hidden states as in float64, numbers as on wasm', async ({
  lab,
}) => {
  test.setTimeout(300_000);
  const models = MODELS.map((name) => {
    const expected = JSON.parse(readFileSync(join(fixtures, 'models', name, 'expected.json'), 'utf8'));
    return { name, files: filesOf(`models/${name}`), expected };
  });
  const { found, refused } = await lab.evaluate(async (models) => {
    const lab: Lab = await import('/lab/lab.js' as string);
    lab.shareDevice();
    const found = [];
    const refused: string[] = [];
    for (const { name, files, expected } of models) {
      if (!files.includes('model.safetensors')) continue;
      const engine = await lab.load(`/fixtures/models/${name}`);
      const { lane, shut } = await lab.open(engine);
      if (!lane) {
        refused.push(`${name}: ${shut}`);
        engine.free();
        continue;
      }
      const isCalibrated = lab.tensorNames(engine).some((tensor: string) => tensor.endsWith('.equalization'));
      const { cases = [], prompted = [], pairs = [] } = expected;
      const works = [
        ...(cases.length > 0
          ? [
              lab.encoding(
                engine,
                cases.map(({ text }: { text: string }) => text),
                { normalize: false },
              ),
            ]
          : []),
        ...prompted.map(({ text, prompt }: { text: string; prompt: string }) =>
          lab.encoding(engine, [text], { prompt }),
        ),
        ...pairs.map(({ query, document }: { query: string; document: string }) => ({
          query,
          texts: [document],
        })),
      ];
      for (const work of works) {
        const { count, twin, wasm, numbers } = await lab.compare(engine, lane, work);
        const scale = Math.max(...numbers.map(Math.abs));
        found.push({ name, count, twin, wasm, scale, isCalibrated, shut });
      }
      engine.free();
    }
    return { found, refused };
  }, models);
  // Head sizes that are no multiples of 4, and architectures that no shader is for.
  for (const reason of refused) expect(reason).toMatch(/head (6|10|18)\b|does not know static/);
  expect(new Set(found.map(({ name }) => name)).size).toBeGreaterThan(20);
  for (const { name, count, twin, wasm, scale, isCalibrated, shut } of found) {
    expect(shut, name).toEqual([]);
    expect(count, name).toBeGreaterThan(0);
    expect(twin, name).toBeLessThan(1e-5);
    // What rounding to integers of 14 bits, or of 7, costs wasm in models of so few weights.
    expect(wasm, name).toBeLessThan((isCalibrated ? 3e-2 : 2e-3) * Math.max(scale, 1));
  }
  figure('largest difference to float64', String(Math.max(...found.map(({ twin }) => twin))));
  figure('largest difference to wasm', String(Math.max(...found.map(({ wasm, scale }) => wasm / scale))));
});

for (const name of ['last', 'cls-gelu', 'distilbert', 'roberta']) {
  test(`${name}, calibrated: hidden states as in float64`, async ({ lab }) => {
    const found = await lab.evaluate(async (name) => {
      const lab: Lab = await import('/lab/lab.js' as string);
      const engine = await lab.loadCalibrated(`/fixtures/models/${name}`);
      const isCalibrated = lab.tensorNames(engine).some((tensor: string) => tensor.endsWith('.equalization'));
      const { lane, shut } = await lab.open(engine);
      const texts = ['', 'the cat sat on the mat', 'a dog'];
      const { count, twin } = lane ? await lab.compare(engine, lane, lab.encoding(engine, texts)) : {};
      lane?.close();
      return { isCalibrated, count, twin, shut };
    }, name);
    expect(found).toMatchObject({ isCalibrated: true, shut: [] });
    expect(found.count).toBeGreaterThan(0);
    expect(found.twin).toBeLessThan(1e-5);
    figure('largest difference to float64', String(found.twin));
  });
}

test('from a calibrated compact file: hidden states as in float64', async ({ lab }) => {
  const found = await lab.evaluate(async () => {
    const lab: Lab = await import('/lab/lab.js' as string);
    const texts = ['the cat sat on the mat', 'a dog', 'the quick brown fox'];
    const { engine, version } = await lab.loadCompact('/fixtures/models/cls-gelu', texts);
    const isCalibrated = lab.tensorNames(engine).some((tensor: string) => tensor.endsWith('.equalization'));
    const { lane, shut } = await lab.open(engine);
    const work = lab.encoding(engine, ['', ...texts]);
    const { count, twin } = lane ? await lab.compare(engine, lane, work) : {};
    lane?.close();
    return { version, isCalibrated, count, twin, shut };
  });
  expect(found).toMatchObject({ version: '4', isCalibrated: true, shut: [] });
  expect(found.count).toBeGreaterThan(0);
  expect(found.twin).toBeLessThan(1e-5);
  figure('largest difference to float64', String(found.twin));
});

for (const [type, hidden, heads, intermediate, activation] of [
  ['bert', 48, 3, 100, 'gelu'],
  ['bert', 128, 2, 512, 'gelu_new'],
  ['bert', 768, 12, 132, 'silu'],
  ['mpnet', 48, 4, 100, 'gelu'],
  ['modernbert', 48, 4, 101, 'gelu'],
] as const) {
  test(`a random ${type} of width ${hidden} is as in float64`, async ({ lab }) => {
    test.setTimeout(300_000);
    const found = await lab.evaluate(
      async (shape) => {
        const { hidden } = shape;
        const lab: Lab = await import('/lab/lab.js' as string);
        const engine = await lab.random({
          ...shape,
          layers: shape.hidden < 768 ? 2 : 1,
          vocabulary: 2048,
          tokenizer: '/fixtures/tiny-bert-f32/tokenizer.json',
        });
        engine.maxLength = 512;
        const { lane } = await lab.open(engine);
        const words = (count: number) =>
          Array.from({ length: count }, (_, i) => 'the of and to'.split(' ')[i % 4]).join(' ');
        const lengths = hidden < 768 ? [1, 3, 30, 33, 61] : [3, 33];
        // Beyond the window of some layers, and the last distance that has a bias of its own.
        if (shape.type !== 'bert') lengths.push(150);
        const texts = ['', ...lengths.map(words)];
        const { count, twin } = await lab.compare(engine, lane, lab.encoding(engine, texts));
        const alone = [];
        for (const text of texts) alone.push(...(await lane.run(lab.encoding(engine, [text]))));
        const batch = await lane.run(lab.encoding(engine, texts));
        const turned = await lane.run(lab.encoding(engine, texts.toReversed()));
        const size = engine.dimension;
        const back = Array.from({ length: texts.length }, (_, i) => [
          ...turned.slice(i * size, (i + 1) * size),
        ])
          .toReversed()
          .flat();
        const same = (a: number[], b: ArrayLike<number>) =>
          a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
        lane.close();
        return { count, twin, alone: same(alone, batch), turned: same(back, batch) };
      },
      { type, hidden, heads, intermediate, activation },
    );
    expect(found).toMatchObject({ alone: true, turned: true });
    expect(found.count).toBeGreaterThan(40 * hidden);
    expect(found.twin).toBeLessThan(1e-6);
    figure('largest difference to float64', String(found.twin));
  });
}

test('a text of more than 512 tokens is encoded by wasm, also in a batch', async ({ lab }) => {
  test.setTimeout(120_000);
  const seen = await lab.evaluate(async () => {
    const lab: Lab = await import('/lab/lab.js' as string);
    const engine = await lab.random({
      ...{ type: 'modernbert', hidden: 32, heads: 2, layers: 1, intermediate: 32, activation: 'gelu' },
      ...{ vocabulary: 2048, positions: 1024, tokenizer: '/fixtures/tiny-bert-f32/tokenizer.json' },
    });
    engine.maxLength = 1024;
    const seen = await lab.open(engine);
    const words = (count: number) => Array.from({ length: count }, () => 'the').join(' ');
    // With two tokens around them: the longest that the GPU takes, and one that is longer.
    const texts = [words(510), words(511), words(3)];
    const batch = [...(await seen.lane.run(lab.encoding(engine, texts)))];
    const ofWasm = seen.wasm;
    const alone = [];
    for (const text of texts) alone.push(...(await seen.lane.run(lab.encoding(engine, [text]))));
    const work = lab.encoding(engine, [texts[1]]);
    const same = (a: number[], b: ArrayLike<number>) => a.every((x, i) => Object.is(x, b[i]));
    return {
      ofWasm,
      alone: same(alone, batch),
      long: same(batch.slice(32, 64), lab.onWasm(engine, work)),
      shut: seen.shut,
    };
  });
  expect(seen).toEqual({ ofWasm: 1, alone: true, long: true, shut: [] });
});
