// edgebert/langchain and edgebert/transformers beside the packages whose interfaces they have.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { modelUrl } from '../support/golden.mjs';
import { project } from '../support/project.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const tinyBert = join(root, 'tests/fixtures/tiny-bert-f32');
let folder;

before(() => {
  folder = project({ from: 'adapters' });
  cpSync(tinyBert, join(folder, 'models/tiny'), { recursive: true });
  // transformers.js takes the padding from here, and pads to no fixed length, as the file asks on purpose.
  change('tokenizer.json', { padding: null, truncation: null });
  change('tokenizer_config.json', { pad_token: '[PAD]' });
});

function change(name, fields) {
  const file = join(folder, 'models/tiny', name);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));
}

/** What a program in the project prints, as JSON. */
function answerOf(text) {
  const file = join(folder, 'adapter.mjs');
  writeFileSync(file, text);
  return JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8', maxBuffer: 1 << 24 }));
}

const load = (kind) =>
  `await edgebert.${kind}.from_type(edgebert.MiniLML6V2, { url: '${modelUrl}', cache: 'none' })`;

for (const kind of ['WasmModel', 'WorkerModel']) {
  test(`LangChain.js: a vector store and its retriever take ${kind}`, () => {
    const found = answerOf(`
      import * as edgebert from 'edgebert';
      import { EdgeBertEmbeddings } from 'edgebert/langchain';
      import { MemoryVectorStore } from '@langchain/classic/vectorstores/memory';
      const model = ${load(kind)};
      const embeddings = new EdgeBertEmbeddings({ model });
      const texts = ['The cat sleeps on the sofa.', 'Shares fell after the bank raised its rates.', 'A recipe for onion soup.'];
      const store = await MemoryVectorStore.fromTexts(texts, texts.map((_, id) => ({ id })), embeddings);
      const scored = await store.similaritySearchWithScore('What does the pet do?', 1);
      const retrieved = await store.asRetriever(1).invoke('interest and the stock market');
      const vectors = [await embeddings.embedQuery(texts[0]), ...(await embeddings.embedDocuments(texts)), await embeddings.embedDocuments([])];
      const short = await new EdgeBertEmbeddings({ model: Promise.resolve(model), dimension: 64 }).embedDocuments(texts);
      console.log(JSON.stringify({
        found: [scored[0][0].metadata.id, retrieved[0].metadata.id],
        score: scored[0][1],
        cosine: edgebert.similarity(Float32Array.from(await embeddings.embedQuery('What does the pet do?')), Float32Array.from(vectors[1])),
        same: JSON.stringify(vectors[0]) === JSON.stringify(vectors[1]),
        shapes: [...vectors.map((vector) => vector.length), ...short.map((vector) => vector.length)],
        plain: Array.isArray(vectors[0]),
      }));
      model.terminate?.();`);
    const { score, cosine, ...rest } = found;
    assert.deepEqual(rest, {
      found: [0, 1],
      same: true,
      shapes: [384, 384, 384, 384, 0, 64, 64, 64],
      plain: true,
    });
    assert.ok(Math.abs(score - cosine) < 1e-5);
  });
}

test('LangChain.js: a model that fails to load says so with the first vector', () => {
  const { message } = answerOf(`
    import { EdgeBertEmbeddings } from 'edgebert/langchain';
    const embeddings = new EdgeBertEmbeddings({ model: Promise.reject(new Error('no model')) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const message = await embeddings.embedQuery('a').catch((error) => error.message);
    console.log(JSON.stringify({ message }));`);
  assert.equal(message, 'no model');
});

test('LangChain.js: its types take the class', () => {
  const program = `
    import { WorkerModel, MiniLML6V2 } from 'edgebert';
    import { EdgeBertEmbeddings } from 'edgebert/langchain';
    import type { EmbeddingsInterface } from '@langchain/core/embeddings';
    export const embeddings: EmbeddingsInterface = new EdgeBertEmbeddings({ model: WorkerModel.from_type(MiniLML6V2) });`;
  writeFileSync(join(folder, 'types.ts'), program);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2023', 'dom'],
    types: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  });
});

/** Both pipelines over the same calls. The tiny model is there in both their formats. */
const both = (calls) => `
  import * as theirs from '@huggingface/transformers';
  import * as ours from 'edgebert/transformers';
  theirs.env.allowRemoteModels = false;
  theirs.env.localModelPath = new URL('./models/', import.meta.url).pathname;
  const extractors = [
    await theirs.pipeline('feature-extraction', 'tiny', { dtype: 'fp32' }),
    await ours.pipeline('feature-extraction', String(new URL('./models/tiny', import.meta.url)), { dtype: 'fp32', cache: 'none' }),
  ];
  const found = [];
  for (const [texts, options] of ${JSON.stringify(calls)}) {
    const [their, our] = await Promise.all(extractors.map(async (extract) => {
      const tensor = await extract(texts, options);
      return {
        type: tensor.type,
        dims: tensor.dims,
        size: tensor.size,
        location: tensor.location,
        kind: tensor.data.constructor.name,
        first: { dims: tensor[0].dims, value: tensor[0][1].item() },
        rows: [...tensor].map((row) => row.dims),
        list: tensor.tolist(),
        flat: [...tensor.data],
      };
    }));
    found.push([their, our]);
  }
  await Promise.all(extractors.map((extract) => extract.dispose()));
  console.log(JSON.stringify(found));`;

test('transformers.js: the same calls give tensors of the same kind, with the same numbers', () => {
  const texts = ['the quick fox', ['a lazy dog', 'the quick brown fox jumps over'], ['fox']];
  const options = [
    { pooling: 'mean' },
    { pooling: 'mean', normalize: true },
    { pooling: 'mean', normalize: true, quantize: true },
    { pooling: 'mean', quantize: true, precision: 'ubinary' },
  ];
  const found = answerOf(both(texts.flatMap((text) => options.map((option) => [text, option]))));
  assert.equal(found.length, 12);
  for (const [their, our] of found) {
    const { flat: theirFlat, list: theirList, first: theirFirst, ...theirKind } = their;
    const { flat, list, first, ...kind } = our;
    assert.deepEqual(kind, theirKind);
    assert.deepEqual(first.dims, theirFirst.dims);
    assert.equal(list.length, theirList.length);
    assert.deepEqual(list.flat(), flat);
    assert.equal(first.value, flat[1]);
    for (const [i, value] of flat.entries())
      assert.ok(Math.abs(value - theirFlat[i]) < 1e-5, `${value} for ${theirFlat[i]}`);
  }
});

test('transformers.js: its names for MiniLM, its progress, and what has no counterpart', () => {
  const found = answerOf(`
    import * as edgebert from 'edgebert';
    import { pipeline } from 'edgebert/transformers';
    const options = { url: '${modelUrl}', cache: 'none' };
    const model = ${load('WasmModel')};
    const expected = [...model.encode(['Hello world'])];
    const names = ['Xenova/all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2', 'onnx-community/all-MiniLM-L6-v2-ONNX', undefined, null, model];
    const vectors = [];
    const events = [];
    for (const name of names) {
      const extract = await pipeline('feature-extraction', name, { ...options, progress_callback: (event) => events.push(event) });
      vectors.push(JSON.stringify([...(await extract('Hello world', { pooling: 'mean', normalize: true })).data]));
      if (name !== model) await extract.dispose();
    }
    const failure = (work) => work.then(() => 'none', (error) => [error.code, error.message]);
    const extract = await pipeline('embeddings', model);
    console.log(JSON.stringify({
      same: vectors.every((vector) => vector === JSON.stringify(expected)),
      statuses: [...new Set(events.map(({ status }) => status))],
      last: events.findLast(({ status }) => status === 'progress').progress,
      failures: [
        await failure(extract('a')),
        await failure(extract('a', { pooling: 'cls' })),
        await failure(pipeline('text-generation', 'gpt2')),
      ],
      callable: [typeof extract, extract.task, extract.model === model],
    }));`);
  assert.deepEqual(found, {
    same: true,
    statuses: ['initiate', 'progress', 'done', 'ready'],
    last: 100,
    failures: [
      [
        'unsupported',
        "pooling 'none': there are no vectors of single tokens here; ask for { pooling: 'mean' }",
      ],
      ['unsupported', "pooling 'cls': this model is made for mean pooling; ask for { pooling: 'mean' }"],
      ['unsupported', 'edgebert/transformers has the task feature-extraction only, not text-generation'],
    ],
    callable: ['function', 'feature-extraction', true],
  });
});
