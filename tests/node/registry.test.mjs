// The table of models, against what their publishers say of them. Written down a second time, from the
// model cards and the files in the models' repositories, so that no slip in one of the two goes unseen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { WasmModelType, MiniLML6V2, modelOfId } = await source('loading/registry.ts');

const SEARCH = 'Represent this sentence for searching relevant passages: ';
const EMBEDDINGS = [
  ['MiniLML6V2', 'sentence-transformers/all-MiniLM-L6-v2', 'mean', 'L2', {}, 256],
  ['MiniLML12V2', 'sentence-transformers/all-MiniLM-L12-v2', 'mean', 'L2', {}, 256],
  ['MultiQAMiniLML6', 'sentence-transformers/multi-qa-MiniLM-L6-cos-v1', 'mean', 'L2', {}, 512],
  ['BgeSmallEnV15', 'BAAI/bge-small-en-v1.5', 'cls', 'L2', { query: SEARCH }, 512],
  ['GteSmall', 'thenlper/gte-small', 'mean', 'L2', {}, 512],
  ['E5SmallV2', 'intfloat/e5-small-v2', 'mean', 'L2', { query: 'query: ', document: 'passage: ' }, 512],
  ['ArcticEmbedXS', 'Snowflake/snowflake-arctic-embed-xs', 'cls', 'L2', { query: SEARCH }, 512],
  ['ArcticEmbedS', 'Snowflake/snowflake-arctic-embed-s', 'cls', 'L2', { query: SEARCH }, 512],
  ['ParaphraseMiniLML3V2', 'sentence-transformers/paraphrase-MiniLM-L3-v2', 'mean', 'none', {}, 128],
  [
    'ParaphraseMultilingualMiniLML12V2',
    'sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2',
    'mean',
    'none',
    {},
    128,
  ],
  [
    'MultilingualE5Small',
    'intfloat/multilingual-e5-small',
    'mean',
    'L2',
    { query: 'query: ', document: 'passage: ' },
    512,
  ],
  [
    'DistiluseMultilingualV2',
    'sentence-transformers/distiluse-base-multilingual-cased-v2',
    'mean',
    'none',
    {},
    128,
  ],
  ['AllMpnetBaseV2', 'sentence-transformers/all-mpnet-base-v2', 'mean', 'L2', {}, 384],
  ['MultiQAMpnetBaseDotV1', 'sentence-transformers/multi-qa-mpnet-base-dot-v1', 'cls', 'none', {}, 512],
  ['GraniteSmallEnglishR2', 'ibm-granite/granite-embedding-small-english-r2', 'cls', 'none', {}, 8192],
];
const RERANKERS = [
  ['MsMarcoMiniLML6V2', 'cross-encoder/ms-marco-MiniLM-L6-v2', 512],
  ['MsMarcoTinyBertL2V2', 'cross-encoder/ms-marco-TinyBERT-L2-v2', 512],
  ['MMarcoMiniLML12V1', 'cross-encoder/mmarco-mMiniLMv2-L12-H384-v1', 512],
];
/** How many languages the model cards name; one, English, unless it is here. */
const LANGUAGES = {
  ParaphraseMultilingualMiniLML12V2: 53,
  MultilingualE5Small: 93,
  DistiluseMultilingualV2: 53,
  MMarcoMiniLML12V1: 14,
};
/** Of this one the publisher does not say. */
const UNLICENSED = ['MultiQAMpnetBaseDotV1'];

test('the embedding models', () => {
  for (const [type, id, pooling, norm, prompts, maxLength] of EMBEDDINGS) {
    const model = WasmModelType[type];
    assert.equal(model.id, id);
    assert.equal(model.name, id.split('/')[1]);
    assert.equal(model.task, 'embedding');
    assert.deepEqual(
      [model.pooling, model.normalize, model.maxLength],
      [pooling, norm === 'L2', maxLength],
      id,
    );
    assert.deepEqual(model.prompts, prompts, id);
  }
});

test('the rerankers', () => {
  for (const [type, id, maxLength] of RERANKERS) {
    const model = WasmModelType[type];
    assert.deepEqual([model.id, model.task, model.maxLength], [id, 'cross-encoder', maxLength]);
  }
});

test('there are no others, each is pinned to a commit and has a licence, and none can be changed', () => {
  const types = [...EMBEDDINGS, ...RERANKERS].map(([type]) => type);
  assert.deepEqual(Object.keys(WasmModelType), types);
  for (const model of Object.values(WasmModelType)) {
    assert.match(model.revision, /^[0-9a-f]{40}$/, model.name);
    assert.match(model.license, /^(Apache-2\.0|MIT|NOASSERTION)$/, model.name);
    assert.ok(Object.isFrozen(model) && Object.isFrozen(model.prompts));
    assert.equal(modelOfId(model.id), model);
  }
  const unlicensed = types.filter((type) => WasmModelType[type].license === 'NOASSERTION');
  assert.deepEqual(unlicensed, UNLICENSED);
  assert.equal(MiniLML6V2, WasmModelType.MiniLML6V2);
  assert.equal(modelOfId('someone/else'), undefined);
});

test('every model names its languages, each once and by a tag that Intl knows', () => {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  for (const [type, { languages }] of Object.entries(WasmModelType)) {
    assert.equal(languages.length, LANGUAGES[type] ?? 1, type);
    assert.equal(new Set(languages).size, languages.length, type);
    assert.ok(languages.includes('en'), type);
    for (const tag of languages) assert.ok(names.of(tag), `${type}: ${tag}`);
  }
});
