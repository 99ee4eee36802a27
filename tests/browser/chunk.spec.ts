// chunk and tokenizeWithOffsets: page and worker, and places that map back to the text.
import type { Chunk, TokensWithOffsets, WasmModel, WorkerModel } from 'edgebert';
import type { JSHandle } from '@playwright/test';
import { loadInPage, loadInWorker } from './support/models';
import { expect, test } from './support/test';

const SENTENCE = 'The café 😀 closes at noon, \ud83d and nobody knows why. ';
const LONG = SENTENCE.repeat(40);

test('chunks fit, cover the text, map back to it and end between sentences', async ({ blank }) => {
  const models: JSHandle<WasmModel | WorkerModel>[] = [await loadInPage(blank), await loadInWorker(blank)];
  const results: Chunk[][] = [];
  for (const model of models) {
    const [chunks, counts] = await model.evaluate(async (model, text): Promise<[Chunk[], number[]]> => {
      const chunks = await model.chunk(text, { maxTokens: 64 });
      return [chunks, await Promise.all(chunks.map((chunk) => model.countTokens(chunk.text)))];
    }, LONG);
    results.push(chunks);
    expect(chunks.length).toBeGreaterThan(5);
    expect(Math.max(...counts)).toBeLessThanOrEqual(64);
    let covered = 0;
    for (const { text, start, end } of chunks) {
      expect(text).toBe(LONG.slice(start, end));
      expect(LONG.slice(covered, start).trim()).toBe('');
      covered = end;
    }
    expect(LONG.slice(covered).trim()).toBe('');
    for (const { text } of chunks.slice(0, -1)) expect(text.trimEnd()).toMatch(/why\.$/);
  }
  expect(results[1]).toEqual(results[0]);
});

test('chunks overlap where that is asked for, and default to the model length', async ({ blank }) => {
  const model = await loadInPage(blank);
  const [plain, overlapping, whole] = await model.evaluate(
    (model, text) => [model.chunk(text), model.chunk(text, { overlap: 40 }), model.chunk('Short.')] as const,
    LONG,
  );
  expect(plain.length).toBeGreaterThan(1);
  expect(overlapping[1]!.start).toBeLessThan(overlapping[0]!.end);
  expect(whole).toEqual([{ text: 'Short.', start: 0, end: 6 }]);
});

test('tokens stand where their offsets say', async ({ blank }) => {
  const models: JSHandle<WasmModel | WorkerModel>[] = [await loadInPage(blank), await loadInWorker(blank)];
  for (const model of models) {
    const found = await model.evaluate(async (model) => {
      const { ids, tokens, offsets }: TokensWithOffsets =
        await model.tokenizeWithOffsets('😀 Embedding café');
      return {
        ids: [...ids],
        tokens,
        offsets: [...offsets],
        same: [...(await model.tokenize('😀 Embedding café'))],
      };
    });
    expect(found.ids).toEqual(found.same);
    expect(found.tokens).toEqual(['[CLS]', '[UNK]', 'em', '##bed', '##ding', 'cafe', '[SEP]']);
    expect(found.offsets).toEqual([0, 0, 0, 2, 3, 5, 5, 8, 8, 12, 13, 17, 0, 0]);
  }
});

test('options that make no sense are named', async ({ blank }) => {
  const model = await loadInPage(blank);
  for (const options of [{ maxTokens: 0 }, { maxTokens: 1.5 }, { overlap: -1 }]) {
    const failure = await model.evaluate((model, options) => {
      try {
        return String(model.chunk('a', options));
      } catch (error) {
        return String(error);
      }
    }, options);
    expect(failure).toMatch(new RegExp(`RangeError: .*${Object.keys(options)[0]}`));
  }
});

test('by default, chunks leave room for the prompt of documents', async ({ blank }) => {
  const seen = await blank.evaluate(
    async (text) => {
      const { WasmModel, WorkerModel, MiniLML6V2 } = await import('edgebert');
      const prompt = 'a passage of a longer text: ';
      const options = { baseUrl: '/models', prompts: { document: prompt }, maxLength: 40 };
      const here = await WasmModel.from_type(MiniLML6V2, options);
      const worker = await WorkerModel.from_type(MiniLML6V2, options);
      const chunks = here.chunk(text);
      const counts = chunks.map((chunk) => here.countTokens(prompt + chunk.text));
      return {
        most: Math.max(...counts),
        same: JSON.stringify(chunks) === JSON.stringify(await worker.chunk(text)),
      };
    },
    LONG.replaceAll('.', ''),
  );
  expect(seen.same).toBe(true);
  expect(seen.most).toBeLessThanOrEqual(40);
  expect(seen.most).toBeGreaterThan(35);
});
