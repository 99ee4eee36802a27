// edgebert/ai-sdk under the real AI SDK: embed, embedMany and rerank, and types that are the SDK's own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { cosineSimilarity, createProviderRegistry, customProvider, embed, embedMany, rerank } from 'ai';
import { MiniLML6V2, WorkerModel } from 'edgebert';
import { embeddingModel, rerankingModel } from 'edgebert/ai-sdk';

const root = resolve(import.meta.dirname, '../../..');
const loading = WorkerModel.from_type(MiniLML6V2, {
  baseUrl: pathToFileURL(`${join(root, 'models')}/`),
  cache: 'none',
});
after(async () => (await loading).terminate());

test('embed and embedMany give the model’s own vectors, and count tokens', async () => {
  const model = embeddingModel(loading, 'all-MiniLM-L6-v2');
  const values = ['a harbour for ships', 'a port', 'a banana'];
  const { embeddings, usage, warnings } = await embedMany({ model, values });
  const own = await (await loading).encode(values);
  assert.deepEqual(embeddings.flat(), Array.from(own));
  assert.deepEqual(warnings, []);
  const counts = await Promise.all(values.map(async (text) => (await loading).countTokens(text)));
  assert.equal(
    usage.tokens,
    counts.reduce((sum, count) => sum + count, 0),
  );
  assert.ok(cosineSimilarity(embeddings[0], embeddings[1]) > cosineSimilarity(embeddings[0], embeddings[2]));
  const { embedding } = await embed({ model, value: values[0] });
  assert.deepEqual(embedding, embeddings[0]);
});

test('a registry has it by name', async () => {
  const edgebert = customProvider({ embeddingModels: { minilm: embeddingModel(loading) } });
  const registry = createProviderRegistry({ edgebert });
  const model = registry.embeddingModel('edgebert:minilm');
  const { embedding } = await embed({ model, value: 'a port' });
  assert.deepEqual(embedding, Array.from(await (await loading).encode(['a port'])));
});

test('a model of the earlier specification is one for this SDK too', async () => {
  const options = { specification: 'v3' };
  const model = embeddingModel(loading, 'minilm', options);
  assert.equal(model.specificationVersion, 'v3');
  const { embedding } = await embed({ model, value: 'a port' });
  assert.deepEqual(embedding, Array.from(await (await loading).encode(['a port'])));
  const reranker = rerankingModel(crossEncoder, 'words', options);
  const { rerankedDocuments } = await rerank({ model: reranker, query: 'a', documents: ['b', 'a'] });
  assert.deepEqual(rerankedDocuments, ['a', 'b']);
  assert.throws(() => embeddingModel(loading, 'minilm', { specification: 'v5' }), /must be 'v3' or 'v4'/);
  assert.throws(() => embeddingModel(loading, 'minilm', { version: 'v3' }), /version/);
});

test('an aborted call rejects, a task that does not exist too, and a load that failed says why', async () => {
  const model = embeddingModel(loading);
  const abortSignal = AbortSignal.abort();
  await assert.rejects(embed({ model, value: 'a', abortSignal, maxRetries: 0 }), { name: 'AbortError' });
  const providerOptions = { edgebert: { task: 'question' } };
  await assert.rejects(
    model.doEmbed({ values: ['a'], providerOptions }),
    /`providerOptions.edgebert.task` must be 'query' or 'document'/,
  );
  const failed = embeddingModel(Promise.reject(new Error('no such model')));
  await assert.rejects(failed.doEmbed({ values: ['a'] }), /no such model/);
});

test('what is no model is refused where it is given', async () => {
  const message = /`model` must be a loaded model, such as a WorkerModel \(received an object\)/;
  assert.throws(() => embeddingModel(MiniLML6V2), { name: 'TypeError', message });
  assert.throws(() => rerankingModel(undefined), /`model` must be a loaded cross-encoder.* undefined/);
  await assert.rejects(embeddingModel(Promise.resolve(MiniLML6V2)).doEmbed({ values: ['a'] }), { message });
  await assert.rejects(
    rerankingModel(loading).doRerank({ documents: { type: 'text', values: ['a'] }, query: 'b' }),
    /`model` must be a loaded cross-encoder.* an instance of WorkerModel/,
  );
});

test('queries and documents are encoded with the model’s own prompts', async () => {
  const asked = [];
  const record = (name) => async (texts, options) => {
    asked.push([name, texts, options]);
    return new Float32Array(2 * texts.length);
  };
  const model = embeddingModel({
    encodeQuery: record('query'),
    encodeDocuments: record('document'),
    countTokens: async () => 3,
  });
  for (const task of ['query', 'document'])
    await embedMany({ model, values: ['a', 'b'], providerOptions: { edgebert: { task } } });
  assert.deepEqual(
    asked.map(([name, texts]) => [name, texts]),
    [
      ['query', ['a', 'b']],
      ['document', ['a', 'b']],
    ],
  );
});

/** A cross-encoder of the right shape: documents score by how many words they share with the query. */
const crossEncoder = {
  async rank(query, documents, { topK = Infinity } = {}) {
    const words = new Set(query.split(' '));
    return documents
      .map((text, index) => ({ index, score: text.split(/\W+/).filter((word) => words.has(word)).length }))
      .sort((one, other) => other.score - one.score)
      .slice(0, topK);
  },
};

test('rerank orders texts and objects', async () => {
  const model = rerankingModel(crossEncoder);
  const documents = ['a cold day', 'rain in the city', 'the city on a cold day'];
  const { rerankedDocuments } = await rerank({ model, query: 'cold city', documents, topN: 2 });
  assert.deepEqual(rerankedDocuments, [documents[2], documents[0]]);
  const objects = [{ title: 'sun' }, { title: 'cold', tags: ['city'] }];
  const { ranking } = await rerank({ model, query: 'cold city', documents: objects });
  assert.deepEqual(
    ranking.map(({ originalIndex, score }) => [originalIndex, score]),
    [
      [1, 2],
      [0, 0],
    ],
  );
});

test('both are what the SDK’s types ask for', () => {
  const folder = mkdtempSync(join(root, '.types-'));
  try {
    writeFileSync(
      join(folder, 'program.ts'),
      `import type { EmbeddingModelV3, EmbeddingModelV4, RerankingModelV3, RerankingModelV4 } from '@ai-sdk/provider';
       import type { AiEmbeddingModel, AiRerankingModel } from 'edgebert/ai-sdk';
       export const embedding: EmbeddingModelV4 = {} as AiEmbeddingModel;
       export const reranking: RerankingModelV4 = {} as AiRerankingModel;
       export const embedding3: EmbeddingModelV3 = {} as AiEmbeddingModel<'v3'>;
       export const reranking3: RerankingModelV3 = {} as AiRerankingModel<'v3'>;`,
    );
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
    ];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(
      process.execPath,
      [tsc, ...options, '--target', 'es2022', '--types', 'node', join(folder, 'program.ts')],
      { cwd: root, encoding: 'utf8' },
    );
    assert.equal(status, 0, stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
