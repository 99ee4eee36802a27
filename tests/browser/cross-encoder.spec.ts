// Rerankers on the page and in workers. Whether scores are right, the engine's own tests say.
import type { Page } from '@playwright/test';
import { tinyCrossEncoder, type Files } from './support/cross-encoder';
import { failureOf } from './support/models';
import type { TestServer } from './support/server';
import { expect, test } from './support/test';
import { inDatabase } from './weights/database';

const CLASSES = ['CrossEncoder', 'WorkerCrossEncoder'] as const;
const FOLDER = '/reranker';
const QUERY = 'how are you?';
const DOCUMENTS = ['the cat sat on the mat', 'a cat', '', 'hello world, how do you do?', 'a cat', 'undoable'];

/** Serves a model's folder, without and with files of sentence-transformers. */
function serve(server: TestServer, { weights, config, tokenizer }: Files, folder = FOLDER): void {
  const files = { 'model.safetensors': weights, 'config.json': config, 'tokenizer.json': tokenizer };
  for (const [file, body] of Object.entries(files)) {
    server.answer(`${folder}/${file}`, (_, response) => response.end(body));
  }
}

/** Scores and ranks of a served model. */
function ask(page: Page, where: (typeof CLASSES)[number], query = QUERY, documents = DOCUMENTS) {
  return page.evaluate(
    async ({ where, folder, query, documents }) => {
      const edgebert = await import('edgebert');
      const model = await edgebert[where].from_pretrained(folder, { cache: 'none' });
      const scores = Array.from(await model.score(query, documents));
      const label = model.labels > 1 ? { label: model.labels - 1 } : {};
      const all = await model.rank(query, documents, label);
      const best = await model.rank(query, documents, { topK: 2, ...label });
      const alone = [];
      for (const document of documents) alone.push(...(await model.score(query, [document])));
      const none = [(await model.score(query, [])).length, (await model.rank(query, [], label)).length];
      const { info, labels } = model;
      if ('free' in model) model.free();
      else model.terminate();
      return { scores, all, best, alone, none, info, labels };
    },
    { where, folder: FOLDER, query, documents },
  );
}

for (const labels of [1, 3]) {
  test(`${labels} labels: a score for each document and label, the same on the page and in a worker`, async ({
    blank,
    server,
  }) => {
    serve(server, tinyCrossEncoder(labels));
    const [here, worker] = [await ask(blank, 'CrossEncoder'), await ask(blank, 'WorkerCrossEncoder')];
    expect(worker).toEqual({ ...here, info: { ...here.info, thread: 'worker' } });
    expect(here.info).toMatchObject({ thread: 'caller', task: 'cross-encoder', labels, name: undefined });
    expect(here.labels).toBe(labels);
    expect(here.scores).toHaveLength(labels * DOCUMENTS.length);
    expect(new Set(here.scores).size).toBeGreaterThan(labels * 3);
    // Bit for bit, whatever is beside it.
    expect(here.alone).toEqual(here.scores);
    expect(here.none).toEqual([0, 0]);

    const counted = DOCUMENTS.map((_, index) => ({ index, score: here.scores[(index + 1) * labels - 1]! }));
    const sorted = counted.toSorted((a, b) => b.score - a.score || a.index - b.index);
    expect(here.all).toEqual(sorted);
    expect(here.best).toEqual(sorted.slice(0, 2));
    // The same document twice: the first one goes first.
    const twins = here.all.map(({ index }) => index).filter((index) => index === 1 || index === 4);
    expect(twins).toEqual([1, 4]);
  });
}

test('the query counts, and which of the two it is', async ({ blank, server }) => {
  serve(server, tinyCrossEncoder(1));
  const [forth, back, other] = [
    await ask(blank, 'CrossEncoder', 'a cat', ['the mat']),
    await ask(blank, 'CrossEncoder', 'the mat', ['a cat']),
    await ask(blank, 'CrossEncoder', 'a mat', ['the mat']),
  ];
  expect(new Set([forth, back, other].map(({ scores }) => scores[0])).size).toBe(3);
});

test('documents with equal scores stay in their order', async ({ blank, server }) => {
  serve(server, tinyCrossEncoder(1, { equal: true }));
  const documents = Array.from({ length: 100 }, (_, i) => `cat ${i}`);
  const { all } = await ask(blank, 'CrossEncoder', QUERY, documents);
  expect(all.map(({ index }) => index)).toEqual(documents.map((_, i) => i));
});

for (const where of CLASSES) {
  test(`${where}: from the table, by a mirror of the hub, for the next visit too`, async ({
    blank,
    server,
  }) => {
    serve(
      server,
      tinyCrossEncoder(1),
      '/hub/cross-encoder/ms-marco-MiniLM-L6-v2/resolve/c5ee24cb16019beea0893ab7796b1df96625c6b8',
    );
    const visit = () =>
      blank.evaluate(
        async ({ where, documents }) => {
          const edgebert = await import('edgebert');
          const model = await edgebert[where].from_type(edgebert.WasmModelType.MsMarcoMiniLML6V2, {
            baseUrl: '/hub',
          });
          return { scores: Array.from(await model.score('how are you?', documents)), info: model.info };
        },
        { where, documents: DOCUMENTS },
      );
    const first = await visit();
    expect(first.info).toMatchObject({
      name: 'ms-marco-MiniLM-L6-v2',
      task: 'cross-encoder',
      labels: 1,
      maxLength: 24,
    });
    server.log.length = 0;
    expect(await visit()).toEqual(first);
    expect(server.log.filter(({ path }) => path.startsWith('/hub/'))).toEqual([]);
  });

  test(`${where}: a default prompt goes before the query`, async ({ blank, server }) => {
    serve(server, tinyCrossEncoder(1));
    const plain = await ask(blank, where, 'find: a cat');
    const about = { prompts: { find: 'find: ' }, default_prompt_name: 'find' };
    server.answer(`${FOLDER}/config_sentence_transformers.json`, (_, response) =>
      response.end(JSON.stringify(about)),
    );
    const { scores, all } = await ask(blank, where, 'a cat');
    expect({ scores, all }).toEqual({ scores: plain.scores, all: plain.all });
  });

  test(`${where}: arguments that make no sense`, async ({ blank, server }) => {
    serve(server, tinyCrossEncoder(3));
    const failures = await blank.evaluate(
      async ({ where, folder }) => {
        const edgebert = await import('edgebert');
        const model = await edgebert[where].from_pretrained(folder, { cache: 'none' });
        const failures: string[] = [];
        const attempt = (work: () => unknown) =>
          (async () => work())().then(
            () => failures.push('none'),
            (error) => failures.push(String(error)),
          );
        await attempt(() => model.score(['a'] as never, ['b']));
        await attempt(() => model.score('a', 'b' as never));
        await attempt(() => model.rank('a', ['b', 3] as never, { label: 0 }));
        await attempt(() => model.rank('a', ['b']));
        await attempt(() => model.rank('a', ['b'], { label: 3 }));
        await attempt(() => model.rank('a', ['b'], { label: 0, topK: 0 }));
        await attempt(() => model.rank('a', ['b'], { label: 0, topK: 1.5 }));
        return failures;
      },
      { where, folder: FOLDER },
    );
    expect(failures).toEqual([
      'TypeError: score takes a string (received an array of 1)',
      expect.stringMatching(/^TypeError: score takes an array of strings \(received "b"\)/),
      expect.stringMatching(
        /^TypeError: rank takes an array of strings, but texts\[1\] is not one \(received 3\)/,
      ),
      expect.stringMatching(
        /^TypeError: `label` must be .* from 0 to 2: this model gives 3 scores .*\(received undefined\)/,
      ),
      expect.stringMatching(/^RangeError: `label`.*\(received 3\)/),
      expect.stringMatching(/^RangeError: `topK`/),
      expect.stringMatching(/^RangeError: `topK`/),
    ]);
  });

  test(`${where}: a model that turns texts into vectors is for another class`, async ({ blank }) => {
    const failures = [
      await failureOf(blank, (edgebert, where) => edgebert[where].from_type(edgebert.MiniLML6V2), where),
      await failureOf(
        blank,
        (edgebert, where) => edgebert[where].from_pretrained('/fixtures/tiny-bert-f32'),
        where,
      ),
    ];
    for (const failure of failures) {
      expect(failure).toMatchObject({ isEdgeBertError: true, code: 'unsupported' });
      expect(failure.message).toMatch(/WasmModel, or WorkerModel/);
    }
    expect(await blank.evaluate(async () => (await import('edgebert')).cache.list())).toEqual([]);
  });
}

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where}: a reranker is for another class, and nothing of it is kept`, async ({ blank, server }) => {
    serve(server, tinyCrossEncoder(1));
    const failure = await failureOf(
      blank,
      (edgebert, where) => edgebert[where].from_pretrained('/reranker'),
      where,
    );
    expect(failure).toMatchObject({ isEdgeBertError: true, code: 'unsupported' });
    expect(failure.message).toMatch(/CrossEncoder, or WorkerCrossEncoder/);
    expect(await blank.evaluate(async () => (await import('edgebert')).cache.list())).toEqual([]);
  });
}

test('new WasmModel refuses a reranker’s files', async ({ blank, server }) => {
  const { weights, config, tokenizer } = tinyCrossEncoder(1);
  server.answer('/weights', (_, response) => response.end(weights));
  const failure = await failureOf(
    blank,
    async ({ default: init, WasmModel }, { config, tokenizer }) => {
      await init();
      const weights = new Uint8Array(await (await fetch('/weights')).arrayBuffer());
      return new WasmModel(weights, config, tokenizer);
    },
    { config, tokenizer },
  );
  expect(failure).toMatchObject({ isEdgeBertError: true, code: 'unsupported' });
});

test('in a worker: progress, priority and an abort, and the model keeps working', async ({
  blank,
  server,
}) => {
  serve(server, tinyCrossEncoder(1));
  const seen = await blank.evaluate(async (folder) => {
    const { WorkerCrossEncoder } = await import('edgebert');
    const model = await WorkerCrossEncoder.from_pretrained(folder, { cache: 'none' });
    const many = Array.from({ length: 20_000 }, (_, i) => `the cat sat on the mat ${i}`);
    const events: { done: number; total: number }[] = [];
    const order: string[] = [];
    const bulk = model
      .score('a cat', many, { onProgress: (event) => events.push(event) })
      .then(({ length }) => {
        order.push('bulk');
        return length;
      });
    await model.rank('a cat', ['the mat']).then(() => order.push('one'));
    const length = await bulk;
    const controller = new AbortController();
    const aborted = model
      .rank('a cat', many, { signal: controller.signal, onProgress: () => controller.abort() })
      .catch(({ name }) => name);
    const wrong = await model.score('a', ['b'], { priority: 'soon' as never }).catch(String);
    const after = await aborted;
    const again = (await model.score('a cat', ['the mat'])).length;
    model.terminate();
    const gone = await model.score('a', ['b']).catch(({ code }) => code);
    return { length, order, events, after, again, wrong, gone };
  }, FOLDER);
  expect(seen).toMatchObject({
    length: 20_000,
    order: ['one', 'bulk'],
    after: 'AbortError',
    again: 1,
    gone: 'state',
  });
  expect(seen.wrong).toMatch(/^TypeError: `priority`/);
  expect(seen.events.length).toBeGreaterThan(2);
  for (const [i, { done, total }] of seen.events.entries()) {
    expect(total).toBe(20_000);
    expect(done).toBeGreaterThan(i === 0 ? 0 : seen.events[i - 1]!.done);
  }
  expect(seen.events.at(-1)!.done).toBe(20_000);
});

test('after free, a reranker says that it was freed', async ({ blank, server }) => {
  serve(server, tinyCrossEncoder(1));
  const failure = await failureOf(
    blank,
    async ({ CrossEncoder }) => {
      const model = await CrossEncoder.from_pretrained('/reranker', { cache: 'none' });
      model.free();
      return model.score('a', ['b']);
    },
    undefined,
  );
  expect(failure).toMatchObject({ isEdgeBertError: true, code: 'state' });
});

for (const precision of ['int8', 'f32'] as const) {
  test(`nothing is left in the database of a model for another class: ${precision}`, async ({
    blank,
    server,
  }) => {
    serve(server, tinyCrossEncoder(1));
    const failure = await failureOf(
      blank,
      ({ WasmModel }, precision) => WasmModel.from_pretrained('/reranker', { precision }),
      precision,
    );
    expect(failure).toMatchObject({ code: 'unsupported' });
    const left = await inDatabase<number>(
      blank,
      `const stores = [...database.objectStoreNames];
       const transaction = database.transaction(stores);
       const counts = await Promise.all(stores.map((name) => done(transaction.objectStore(name).count())));
       return counts.reduce((sum, count) => sum + count, 0);`,
    );
    expect(left).toBe(0);
  });
}
