// encode: page and worker, batches, and arguments that make no sense.
import type { JSHandle } from '@playwright/test';
import type { WasmModel, WorkerModel } from 'edgebert';
import { encode, failureOf, loadInPage, loadInWorker } from './support/models';
import { expect, test } from './support/test';
import { differences, goldens } from './support/vectors';

const { texts } = goldens();

test('page and worker give the same vectors, bit for bit', async ({ blank }) => {
  const inPage = await encode(await loadInPage(blank), texts);
  expect(inPage).toHaveLength(texts.length);
  const inWorker = await encode(await loadInWorker(blank), texts);
  expect(differences(inWorker, inPage)).toEqual([]);
});

test('two workers give the same vectors as one', async ({ blank }) => {
  const one = await encode(await loadInWorker(blank), texts);
  expect(one).toHaveLength(texts.length);
  const two = await blank.evaluateHandle(async () => {
    const { WorkerModel, MiniLML6V2 } = await import('edgebert');
    return WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', workers: 2 });
  });
  expect(differences(await encode(two, texts), one)).toEqual([]);
});

test('a text has the same vector alone, in any batch and in any order, bit for bit', async ({ blank }) => {
  const model = await loadInPage(blank);
  const alone = (await Promise.all(texts.map((text) => encode(model, [text])))).flat();
  expect(alone).toHaveLength(texts.length);
  expect(differences(await encode(model, texts), alone)).toEqual([]);
  expect(differences((await encode(model, texts.toReversed())).toReversed(), alone)).toEqual([]);
  expect(differences(await encode(model, [...texts, ...texts]), [...alone, ...alone])).toEqual([]);
});

test('no texts give an empty array', async ({ blank }) => {
  const models: JSHandle<WasmModel | WorkerModel>[] = [await loadInPage(blank), await loadInWorker(blank)];
  for (const model of models) {
    const [isFloat32Array, length] = await model.evaluate(async (model) => {
      const vectors = await model.encode([]);
      return [vectors instanceof Float32Array, vectors.length];
    });
    expect([isFloat32Array, length]).toEqual([true, 0]);
  }
});

test('an empty string has a vector like any other', async ({ blank }) => {
  const [vector] = await encode(await loadInPage(blank), ['']);
  expect(vector).toHaveLength(384);
  expect(Math.hypot(...vector!)).toBeCloseTo(1, 5);
});

test('a text past the limit is cut to it', async ({ blank }) => {
  const model = await loadInPage(blank);
  const [long, longer] = await encode(model, ['a '.repeat(254), 'a '.repeat(5000)]);
  expect(longer).toEqual(long);
  await model.evaluate((model) => model.free());
  const short = await loadInPage(blank, { baseUrl: '/models', maxLength: 16 });
  const [cut, whole] = await encode(short, ['a '.repeat(5000), 'a '.repeat(14)]);
  expect(cut).toEqual(whole);
  expect(cut).not.toEqual(long);
});

// Each is the source of an expression, because not all of them can be sent to the page.
const NOT_TEXTS = [
  'undefined',
  'null',
  '"one text"',
  '42',
  '{}',
  '[1]',
  '["a", null]',
  '["a", , "b"]',
  '[["a"]]',
  '[new String("a")]',
];

test('what is not an array of strings is a TypeError, and the model keeps working', async ({ blank }) => {
  for (const where of ['WasmModel', 'WorkerModel'] as const) {
    for (const source of NOT_TEXTS) {
      const failure = await failureOf(
        blank,
        async (edgebert, { where, source }) => {
          const kept = globalThis as unknown as Record<string, Promise<any>>;
          kept[where] ??= edgebert[where].from_type(edgebert.MiniLML6V2, { baseUrl: '/models' });
          return (await kept[where]).encode(new Function(`return ${source}`)());
        },
        { where, source },
      );
      expect(failure, `${where}: ${source}`).toMatchObject({ isTypeError: true });
    }
    const length = await blank.evaluate(
      async (where) => (await (await (globalThis as any)[where]).encode(['still here'])).length,
      where,
    );
    expect(length).toBe(384);
  }
});
