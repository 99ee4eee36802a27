// edgebert/semantic-embedder: what the proposal says of create, embed, quota, aborts and destroy.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { MiniLML6V2, WasmModel } from 'edgebert';
import { polyfill, SemanticEmbedder } from 'edgebert/semantic-embedder';

const models = resolve(import.meta.dirname, '../../../models');
let loads = 0;

/** The packed model from this disk, counted. */
const source = {
  url: 'https://models.test/model-int8.safetensors',
  cache: 'none',
  fetch: async () => {
    loads++;
    return new Response(readFileSync(join(models, 'all-MiniLM-L6-v2/model-int8.safetensors')));
  },
};

before(() => assert.equal(polyfill(source), true));
after(() => delete globalThis.SemanticEmbedder);

/** Rejects with a DOMException of this name. */
const named = (name) => (error) => error instanceof DOMException && error.name === name;

test('it is a global where there was none, and leaves another alone', () => {
  assert.equal(globalThis.SemanticEmbedder, SemanticEmbedder);
  assert.equal(polyfill(source), false);
  assert.throws(() => new SemanticEmbedder(), /SemanticEmbedder.create/);
});

test('two at once share one download, whose progress goes from 0 to 1', async () => {
  assert.equal(await SemanticEmbedder.availability(), 'downloadable');
  const seen = [[], []];
  const both = seen.map((fractions) =>
    SemanticEmbedder.create({
      monitor: (monitor) =>
        monitor.addEventListener('downloadprogress', ({ loaded, total }) => {
          assert.equal(total, 1);
          fractions.push(loaded);
        }),
    }),
  );
  const [one, other] = await Promise.all(both);
  assert.equal(await SemanticEmbedder.availability(), 'available');
  assert.equal(loads, 1);
  for (const fractions of seen) {
    assert.equal(fractions[0], 0);
    assert.equal(fractions.at(-1), 1);
    assert.deepEqual(
      fractions,
      fractions.toSorted((a, b) => a - b),
    );
  }
  one.destroy();
  const { embeddings } = await other.embed('still there');
  assert.equal(embeddings.length, 1);
  other.destroy();
});

test('vectors are the model’s own, and say which space they are in', async () => {
  const embedder = await SemanticEmbedder.create();
  const texts = ['a harbour', 'a port'];
  const { embeddings, metadata } = await embedder.embed(texts);
  const model = await WasmModel.from_type(MiniLML6V2, source);
  const own = model.encode(texts);
  assert.ok(
    embeddings.every(({ values }) => values instanceof Float32Array && values.length === model.dimension),
  );
  assert.deepEqual(
    embeddings.flatMap(({ values }) => Array.from(values)),
    Array.from(own),
  );
  assert.match(metadata.embeddingSpace, /^edgebert\/all-MiniLM-L6-v2\/.+\/384$/);
  assert.equal(embedder.embeddingSpace, metadata.embeddingSpace);
  assert.equal(metadata.maxInputTokens, embedder.maxInputTokens);
  assert.equal(embedder.inputQuota, embedder.maxInputTokens);
  assert.deepEqual((await embedder.embed([])).embeddings, []);
  for (const taskType of ['retrieval-query', 'retrieval-document', 'classification', 'clustering']) {
    const { embeddings } = await embedder.embed('a harbour', { taskType });
    assert.equal(embeddings[0].values.length, 384);
  }
  await assert.rejects(embedder.embed('a', { taskType: 'poetry' }), /`taskType` must be one of/);
  await assert.rejects(SemanticEmbedder.create({ taskType: 'poetry' }), TypeError);
  await assert.rejects(embedder.embed([1]), /takes a string or an array of strings/);
  model.free();
  embedder.destroy();
});

test('a space that is served is taken, and any other refused', async () => {
  const before = loads;
  const { supportedSpaces } = await SemanticEmbedder.params();
  assert.deepEqual(supportedSpaces, [{ embeddingSpace: 'edgebert/all-MiniLM-L6-v2', shutdownDate: null }]);
  const [{ embeddingSpace }] = supportedSpaces;
  assert.notEqual(await SemanticEmbedder.availability({ embeddingSpace }), 'unavailable');
  for (const other of ['embeddinggemma-300m', 'edgebert/all-MiniLM', `${embeddingSpace}-v3`]) {
    assert.equal(await SemanticEmbedder.availability({ embeddingSpace: other }), 'unavailable');
    await assert.rejects(SemanticEmbedder.create({ embeddingSpace: other }), named('NotSupportedError'));
  }
  await assert.rejects(SemanticEmbedder.create({ embeddingSpace: 7 }), TypeError);
  assert.equal(loads, before, 'nothing is downloaded for what cannot be served');

  const embedder = await SemanticEmbedder.create({ embeddingSpace });
  assert.equal(embedder.embeddingSpace, embeddingSpace);
  const { embeddings, metadata } = await embedder.embed(['a harbour', 'a port']);
  assert.deepEqual(
    embeddings.map((embedding) => embedding.embeddingSpace),
    [embeddingSpace, embeddingSpace],
  );
  embedder.destroy();

  // What was kept beside vectors says later whether they can still be compared.
  const exact = await SemanticEmbedder.create({ embeddingSpace: metadata.embeddingSpace });
  assert.equal(exact.embeddingSpace, metadata.embeddingSpace);
  exact.destroy();
  const changed = `${embeddingSpace}/${'0'.repeat(64)}/384`;
  await assert.rejects(SemanticEmbedder.create({ embeddingSpace: changed }), named('NotSupportedError'));
});

test('a text beyond the quota is refused rather than cut', async () => {
  const embedder = await SemanticEmbedder.create();
  const long = 'word '.repeat(embedder.inputQuota);
  assert.equal(await embedder.measureInputUsage('word'), 3);
  assert.equal(await embedder.measureInputUsage(['word', 'two words']), 4);
  await assert.rejects(embedder.embed(['short', long]), (error) => {
    assert.equal(error.name, 'QuotaExceededError');
    assert.equal(error.quota, embedder.inputQuota);
    assert.equal(error.requested, embedder.inputQuota + 2);
    return true;
  });
  embedder.destroy();
});

test('signals cancel, and a destroyed embedder says that it is', async () => {
  await assert.rejects(SemanticEmbedder.create({ signal: AbortSignal.abort() }), named('AbortError'));
  const controller = new AbortController();
  const embedder = await SemanticEmbedder.create({ signal: controller.signal });
  await assert.rejects(embedder.embed('a', { signal: AbortSignal.abort() }), named('AbortError'));
  const running = embedder.embed(Array.from({ length: 200 }, (_, i) => `text ${i}`));
  controller.abort();
  await assert.rejects(running, named('AbortError'));
  await assert.rejects(embedder.embed('a'), named('InvalidStateError'));
  embedder.destroy();
});

test('nothing stays with a signal that outlives the embedder and its calls', async () => {
  const { signal } = new AbortController();
  const embedder = await SemanticEmbedder.create({ signal });
  await embedder.embed('a', { signal });
  assert.equal(await embedder.measureInputUsage('a', { signal }), 3);
  embedder.destroy();
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('signals work in browsers without AbortSignal.any', async () => {
  const { any } = AbortSignal;
  delete AbortSignal.any;
  try {
    const controller = new AbortController();
    const { signal } = controller;
    const embedder = await SemanticEmbedder.create();
    assert.equal((await embedder.embed('a', { signal })).embeddings.length, 1);
    const running = embedder.embed(['a', 'b'], { signal });
    controller.abort();
    await assert.rejects(running, named('AbortError'));
    embedder.destroy();
  } finally {
    AbortSignal.any = any;
  }
});

test('a model that can’t be downloaded is a NetworkError, and the next create tries again', async () => {
  polyfill({
    ...source,
    url: 'https://models.test/missing.safetensors',
    fetch: async () => new Response('', { status: 404 }),
  });
  await assert.rejects(SemanticEmbedder.create(), named('NetworkError'));
  polyfill(source);
  const embedder = await SemanticEmbedder.create();
  assert.equal((await embedder.embed('a')).embeddings.length, 1);
  embedder.destroy();
});
