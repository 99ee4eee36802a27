// The vectors of sentence-transformers for forty texts, from nothing at all to 803 tokens.
import { encode, loadInPage } from './support/models';
import { expect, routeHub, test } from './support/test';
import { cosine, goldens, mean, relativeError } from './support/vectors';

const { texts, tokens, pooled, normalized } = goldens();

test('float32 equals the reference', async ({ blank, server }) => {
  await routeHub(blank, server);
  const model = await loadInPage(blank, { precision: 'f32' });
  const found = await encode(model, texts);
  for (const [i, row] of found.entries()) {
    expect(cosine(row, normalized[i]!), JSON.stringify(texts[i])).toBeGreaterThan(0.99999);
  }
  const raw = await encode(model, texts, false);
  for (const [i, row] of raw.entries()) {
    expect(relativeError(row, pooled[i]!), JSON.stringify(texts[i])).toBeLessThan(1e-4);
  }
});

test('int8 comes as close as it should', async ({ blank }) => {
  const model = await loadInPage(blank);
  const cosines = (await encode(model, texts)).map((row, i) => cosine(row, normalized[i]!));
  expect(mean(cosines)).toBeGreaterThan(0.9995);
  expect(Math.min(...cosines)).toBeGreaterThan(0.998);
});

test('normalize decides about the length of a vector and about nothing else', async ({ blank }) => {
  const model = await loadInPage(blank);
  const unit = await encode(model, texts, true);
  const raw = await encode(model, texts, false);
  for (const i of texts.keys()) {
    expect(Math.hypot(...unit[i]!)).toBeCloseTo(1, 5);
    expect(cosine(unit[i]!, raw[i]!)).toBeGreaterThan(0.999999);
  }
  // int8 errs in lengths as in directions: most for a run of x's, by 2.2 % at a cosine of 0.9991.
  const errors = raw.map((row, i) => Math.abs(Math.hypot(...row) / Math.hypot(...pooled[i]!) - 1));
  expect(mean(errors)).toBeLessThan(0.005);
  expect(Math.max(...errors)).toBeLessThan(0.03);
});

test('tokens are counted as the reference counts them, and never cut', async ({ blank }) => {
  const model = await loadInPage(blank);
  const found = await model.evaluate(
    (model, texts) => texts.map((text) => [model.countTokens(text), model.tokenize(text).length]),
    [...texts],
  );
  expect(found).toEqual(tokens.map((count) => [count, count]));
  expect(await model.evaluate((model) => [model.dimension, model.maxLength])).toEqual([384, 256]);
});
