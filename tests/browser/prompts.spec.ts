// Prompts before texts and shorter vectors, on the page and in workers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureOf } from './support/models';
import { fixtures } from './support/paths';
import { expect, test } from './support/test';
import type { TestServer } from './support/server';

const TINY = '/fixtures/tiny-bert-f32';
const CLASSES = ['WasmModel', 'WorkerModel'] as const;

/** Serves the tiny model as that of the hub with this address, with other texts for some files. */
function serveAs(server: TestServer, folder: string, others: Record<string, string> = {}): void {
  const own = ['config.json', 'tokenizer.json', 'modules.json', '1_Pooling/config.json', 'model.safetensors'];
  for (const file of new Set([...own, ...Object.keys(others)])) {
    server.answer(`${folder}/${file}`, (_, response) => {
      response.end(others[file] ?? readFileSync(join(fixtures, 'tiny-bert-f32', file)));
    });
  }
}

for (const where of CLASSES) {
  test(`${where}: a prompt is the text before the text, bit for bit`, async ({ blank }) => {
    const seen = await blank.evaluate(
      async ({ where, folder }) => {
        const edgebert = await import('edgebert');
        const prompts = { query: 'find this: ', passage: 'an entry: ', other: 'sorted as ' };
        const model = await edgebert[where].from_pretrained(folder, { prompts, cache: 'none' });
        const texts = ['the red house', 'a river', ''];
        const same = async (
          found: Promise<Float32Array> | Float32Array,
          before: string,
          normalize = true,
        ) => {
          const expected = await model.encode(
            texts.map((text) => before + text),
            normalize,
          );
          return (
            (await found).length === expected.length &&
            (await found).every((value, i) => Object.is(value, expected[i]))
          );
        };
        const results = {
          query: await same(model.encodeQuery(texts), prompts.query),
          document: await same(model.encodeDocuments(texts), prompts.passage),
          raw: await same(model.encodeQuery(texts, { normalize: false }), prompts.query, false),
          named: await same(model.encode(texts, true, { prompt: 'other' }), prompts.other),
          byItsKind: await same(model.encode(texts, true, { prompt: 'document' }), prompts.passage),
          none: await same(model.encode(texts), ''),
        };
        const { info } = model;
        if ('free' in model) model.free();
        else model.terminate();
        return { results, prompts: info.prompts, name: info.name };
      },
      { where, folder: TINY },
    );
    expect(seen.results).toEqual({
      query: true,
      document: true,
      raw: true,
      named: true,
      byItsKind: true,
      none: true,
    });
    expect(seen.prompts).toEqual({ query: 'find this: ', passage: 'an entry: ', other: 'sorted as ' });
    expect(seen.name).toBeUndefined();
  });

  test(`${where}: a model without prompts`, async ({ blank }) => {
    const seen = await blank.evaluate(
      async ({ where, folder }) => {
        const edgebert = await import('edgebert');
        const model = await edgebert[where].from_pretrained(folder, { cache: 'none' });
        const plain = await model.encode(['a river']);
        const query = await model.encodeQuery(['a river']);
        const document = await model.encodeDocuments(['a river']);
        const failure = await (async () => model.encode(['a'], true, { prompt: 'query' }))().catch(String);
        return { same: plain.every((value, i) => value === query[i] && value === document[i]), failure };
      },
      { where, folder: TINY },
    );
    expect(seen).toEqual({
      same: true,
      failure: expect.stringMatching(/^TypeError: `prompt`.*no prompts.*"query"/),
    });
  });

  test(`${where}: shorter vectors are the beginnings of whole ones, of length 1 again`, async ({ blank }) => {
    const seen = await blank.evaluate(
      async ({ where, folder }) => {
        const edgebert = await import('edgebert');
        const model = await edgebert[where].from_pretrained(folder, {
          prompts: { query: 'q: ' },
          cache: 'none',
        });
        const texts = ['the red house', 'a river', 'seven'];
        const whole = { true: await model.encode(texts), false: await model.encode(texts, false) };
        const width = model.dimension;
        const differences: number[] = [];
        for (const dimension of [1, 5, width - 1, width]) {
          for (const normalize of [true, false]) {
            const found = await model.encode(texts, normalize, { dimension });
            texts.forEach((_, row) => {
              const start = Array.from(whole[`${normalize}`].slice(row * width, row * width + dimension));
              const length = normalize ? Math.hypot(...start) : 1;
              const part = found.subarray(row * dimension, (row + 1) * dimension);
              differences.push(
                ...start.map((value, i) => Math.abs(value / length - part[i]!)),
                found.length === 3 * dimension ? 0 : 1,
              );
            });
          }
        }
        const query = await model.encodeQuery(['a'], { dimension: 5 });
        const prompted = await model.encode(['q: a'], true, { dimension: 5 });
        const failures = [];
        for (const dimension of [0, -1, 1.5, NaN, width + 1, '5', null]) {
          failures.push(
            await (async () => model.encode(['a'], true, { dimension: dimension as number }))().catch(String),
          );
        }
        return {
          largest: Math.max(...differences),
          query: query.every((value, i) => value === prompted[i]),
          failures,
          width,
        };
      },
      { where, folder: TINY },
    );
    expect(seen.largest).toBeLessThan(1e-6);
    expect(seen.query).toBe(true);
    for (const failure of seen.failures) {
      expect(failure).toMatch(/^(Range|Type)Error: `dimension` must be/);
    }
  });

  test(`${where}: the registry's prompts and name, from a mirror of the hub`, async ({ blank, server }) => {
    serveAs(server, '/hub/intfloat/e5-small-v2/resolve/ffb93f3bd4047442299a41ebb6fa998a38507c52');
    const seen = await blank.evaluate(async (where) => {
      const edgebert = await import('edgebert');
      const options = { baseUrl: '/hub' };
      const model = await edgebert[where].from_type(edgebert.WasmModelType.E5SmallV2, options);
      const [query, document, plain] = [
        await model.encodeQuery(['a river']),
        await model.encodeDocuments(['a river']),
        await model.encode(['query: a river', 'passage: a river']),
      ];
      const width = model.dimension;
      const same =
        query.every((value, i) => value === plain[i]) &&
        document.every((value, i) => value === plain[width + i]);
      const own = await edgebert[where].from_type(edgebert.WasmModelType.E5SmallV2, {
        ...options,
        prompts: { query: 'mine ' },
      });
      const has = await edgebert.cache.has(edgebert.WasmModelType.E5SmallV2);
      return { same, info: model.info, own: own.info.prompts, has };
    }, where);
    expect(seen.same).toBe(true);
    expect(seen.info).toMatchObject({
      name: 'e5-small-v2',
      prompts: { query: 'query: ', document: 'passage: ' },
    });
    // The table's length, as far as this model has positions.
    expect(seen.info.maxLength).toBe(Math.min(512, seen.info.positions));
    expect(seen.own).toEqual({ query: 'mine ', document: 'passage: ' });
    expect(seen.has).toBe(true);
  });
}

test('encodeStream takes a prompt and a dimension', async ({ blank }) => {
  const seen = await blank.evaluate(async (folder) => {
    const { WorkerModel } = await import('edgebert');
    const model = await WorkerModel.from_pretrained(folder, { prompts: { query: 'q: ' }, cache: 'none' });
    const options = { prompt: 'query', dimension: 6, normalize: false };
    const expected = await model.encode(['a', 'b c'], false, options);
    const found: number[] = [];
    for await (const vector of model.encodeStream(['a', 'b c'], options)) found.push(...vector);
    const failures = [{ prompt: 'none' }, { dimension: 0 }].map((wrong) => {
      try {
        return String(model.encodeStream([], wrong));
      } catch (error) {
        return String(error);
      }
    });
    model.terminate();
    return { found, expected: Array.from(expected), failures };
  }, TINY);
  expect(seen.found).toEqual(seen.expected);
  expect(seen.found).toHaveLength(12);
  expect(seen.failures).toEqual([
    expect.stringMatching(/^TypeError: `prompt`/),
    expect.stringMatching(/^RangeError: `dimension`/),
  ]);
});

test('prompts of the files, under the names that they have; the user’s own go first', async ({ blank }) => {
  const prompts = await blank.evaluate(async (folder) => {
    const { WasmModel } = await import('edgebert');
    const get = async (file: string) => (await fetch(`${folder}/${file}`)).text();
    const files = {
      weights: await fetch(`${folder}/model.safetensors`),
      config: await get('config.json'),
      tokenizer: await get('tokenizer.json'),
      others: {
        'config_sentence_transformers.json': '{"prompts":{"query":"theirs ","document":"a page: "}}',
      },
    };
    return (await WasmModel.from_pretrained(files, { prompts: { query: 'mine ' } })).info.prompts;
  }, TINY);
  expect(prompts).toEqual({ query: 'mine ', document: 'a page: ' });
});

for (const where of CLASSES) {
  test(`${where}: a default prompt is used where none is named, as sentence-transformers does`, async ({
    blank,
    server,
  }) => {
    const about = { prompts: { query: 'q: ', plain: 'p: ' }, default_prompt_name: 'plain' };
    serveAs(server, '/default', { 'config_sentence_transformers.json': JSON.stringify(about) });
    const seen = await blank.evaluate(async (where) => {
      const edgebert = await import('edgebert');
      const model = await edgebert[where].from_pretrained('/default', { cache: 'none' });
      const plain = async (text: string) => (await model.encode([text], true, { prompt: '' })).join();
      return {
        encode: (await model.encode(['a cat'])).join() === (await plain('p: a cat')),
        query: (await model.encodeQuery(['a cat'])).join() === (await plain('q: a cat')),
        document: (await model.encodeDocuments(['a cat'])).join() === (await plain('a cat')),
        info: model.info.defaultPrompt,
      };
    }, where);
    expect(seen).toEqual({ encode: true, query: true, document: true, info: 'plain' });
  });

  test(`${where}: a default prompt for queries or documents may be none`, async ({ blank, server }) => {
    serveAs(server, '/nothing', { 'config_sentence_transformers.json': '{"default_prompt_name":"query"}' });
    const seen = await blank.evaluate(async (where) => {
      const edgebert = await import('edgebert');
      const vectors = [];
      for (const prompts of [{}, { query: 'q: ' }] as Record<string, string>[]) {
        const model = await edgebert[where].from_pretrained('/nothing', { cache: 'none', prompts });
        vectors.push([
          await model.encode(['a cat']),
          await model.encode([`${prompts.query ?? ''}a cat`], true, { prompt: '' }),
        ]);
      }
      return vectors.map(([found, expected]) => found!.join() === expected!.join());
    }, where);
    expect(seen).toEqual([true, true]);
  });

  test(`${where}: a pooling that leaves the prompt out sees it all the same`, async ({ blank, server }) => {
    const pooling = JSON.parse(readFileSync(join(fixtures, 'tiny-bert-f32/1_Pooling/config.json'), 'utf8'));
    serveAs(server, '/instructed', {
      '1_Pooling/config.json': JSON.stringify({ ...pooling, include_prompt: false }),
    });
    const seen = await blank.evaluate(async (where) => {
      const edgebert = await import('edgebert');
      const prompts = { query: 'how do you do ' };
      const model = await edgebert[where].from_pretrained('/instructed', { prompts, cache: 'none' });
      const vectors = [
        await model.encodeQuery(['a cat']),
        await model.encode(['how do you do a cat']),
        await model.encode(['a cat']),
      ];
      return new Set(vectors.map((vector) => vector.join())).size;
    }, where);
    expect(seen).toBe(3);
  });
}

for (const prompts of ['query: ', ['a'], { query: 7 }, null]) {
  test(`prompts that are none: ${JSON.stringify(prompts)}`, async ({ blank }) => {
    const failure = await failureOf(
      blank,
      ({ WasmModel }, prompts) =>
        WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { prompts: prompts as never }),
      prompts,
    );
    expect(failure).toMatchObject({ isTypeError: true, message: expect.stringContaining('`prompts') });
  });
}

for (const where of CLASSES) {
  test(`${where}: files that are not those of the named model`, async ({ blank, server }) => {
    // The tiny model has mean pooling.
    serveAs(server, '/hub/BAAI/bge-small-en-v1.5/resolve/5c38ec7c405ec4b44b94cc5a9bb96e735b38267a');
    const failure = await failureOf(
      blank,
      (edgebert, where) =>
        edgebert[where].from_type(edgebert.WasmModelType.BgeSmallEnV15, { baseUrl: '/hub' }),
      where,
    );
    expect(failure).toMatchObject({ isEdgeBertError: true, code: 'integrity' });
    expect(failure.message).toMatch(/bge-small-en-v1\.5: pooling is 'mean', not 'cls'/);
    expect(await blank.evaluate(async () => (await import('edgebert')).cache.list())).toEqual([]);
  });

  test(`${where}: a reranker is for another class`, async ({ blank }) => {
    const failure = await failureOf(
      blank,
      (edgebert, where) => edgebert[where].from_type(edgebert.WasmModelType.MsMarcoMiniLML6V2),
      where,
    );
    expect(failure).toMatchObject({ isEdgeBertError: true, code: 'unsupported' });
    expect(failure.message).toMatch(/ms-marco-MiniLM-L6-v2 .*CrossEncoder/);
  });
}
