// Whatever is wrong with a model's files is named by file and field, and leaves nothing behind.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from '../support/paths';
import { expect, test } from './support';

type Change = (whole: Buffer) => Buffer | undefined;

/** Fields of a JSON file set to other values; undefined takes a field away. */
const fields =
  (change: object): Change =>
  (whole) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(whole.toString()), ...change }));
/** A tokenizer whose template for one text or two has these parts. */
const template =
  (name: 'single' | 'pair', ...parts: object[]): Change =>
  (whole) => {
    const tokenizer = JSON.parse(whole.toString());
    tokenizer.post_processor[name] = parts;
    return Buffer.from(JSON.stringify(tokenizer));
  };
const A = { Sequence: { id: 'A', type_id: 0 } };
const B = { Sequence: { id: 'B', type_id: 1 } };
const MANY = Array<object>(600).fill({ SpecialToken: { id: '[CLS]', type_id: 0 } });
const text =
  (text: string): Change =>
  () =>
    Buffer.from(text);
const missing: Change = () => undefined;
const truncated: Change = (whole) => whole.subarray(0, whole.length / 2);
const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
const POOLING = '1_Pooling/config.json';
const DENSE = '2_Dense/config.json';
const SENTENCE = 'sentence_bert_config.json';
const PROMPTS = 'config_sentence_transformers.json';

/** A tensor's bytes changed. */
const tensor =
  (name: string, change: (bytes: Buffer) => void): Change =>
  (whole) => {
    const bytes = Buffer.from(whole);
    const length = 8 + Number(bytes.readBigUInt64LE());
    const [start, end] = JSON.parse(bytes.toString('utf8', 8, length))[name].data_offsets;
    change(bytes.subarray(length + start, length + end));
    return bytes;
  };

const CASES: [model: string, file: string, what: string, change: Change, code: string, message: RegExp][] = [
  ['dense', CONFIG, 'missing', missing, 'network', /config\.json answered 404/],
  ['dense', CONFIG, 'truncated', truncated, 'format', /config\.json: `JSON`/],
  [
    'dense',
    CONFIG,
    'without a hidden size',
    fields({ hidden_size: undefined }),
    'format',
    /config\.json: `hidden_size` is missing/,
  ],
  [
    'dense',
    CONFIG,
    'of dimension 0',
    fields({ hidden_size: 0 }),
    'format',
    /config\.json: `hidden_size` is 0/,
  ],
  [
    'dense',
    CONFIG,
    'of absurd size',
    fields({ vocab_size: 2 ** 31 - 1 }),
    'format',
    /word_embeddings.* has shape/,
  ],
  [
    'dense',
    CONFIG,
    'with a sixth layer',
    fields({ num_hidden_layers: 6 }),
    'format',
    /config\.json: `num_hidden_layers` is 6/,
  ],
  [
    'dense',
    CONFIG,
    'with another width',
    fields({ hidden_size: 64 }),
    'format',
    /embedding_dimension.*hidden size of 64/,
  ],
  [
    'dense',
    CONFIG,
    'with more word pieces in the tokenizer',
    fields({ vocab_size: 7 }),
    'format',
    /config\.json: `vocab_size` is 7/,
  ],
  [
    'dense',
    CONFIG,
    'with ALiBi',
    fields({ position_embedding_type: 'alibi' }),
    'unsupported',
    /position_embedding_type.*alibi/,
  ],
  ['dense', CONFIG, 'with rotary positions', fields({ rope_theta: 10_000 }), 'unsupported', /rope_theta/],
  [
    'dense',
    CONFIG,
    'with a gated feed-forward',
    fields({ hidden_act: 'geglu' }),
    'unsupported',
    /hidden_act.*geglu/,
  ],
  ['dense', CONFIG, 'of a decoder', fields({ is_decoder: true }), 'unsupported', /is_decoder/],
  ['dense', CONFIG, 'of T5', fields({ model_type: 't5' }), 'unsupported', /model_type.*t5/],
  [
    'dense',
    CONFIG,
    'of DeBERTa',
    fields({ model_type: 'deberta-v2' }),
    'unsupported',
    /model_type.*deberta-v2/,
  ],
  ['dense', 'tokenizer.json', 'missing', missing, 'format', /tokenizer\.json/],
  ['dense', 'tokenizer.json', 'truncated', truncated, 'format', /tokenizer\.json: `JSON`/],
  [
    'dense',
    'tokenizer.json',
    'of another kind',
    text('{"model":{"type":"WordLevel","vocab":{}}}'),
    'unsupported',
    /tokenizer\.json.*WordLevel/,
  ],
  [
    'dense',
    'tokenizer.json',
    'that puts nothing around texts',
    fields({ post_processor: null }),
    'unsupported',
    /tokenizer\.json: `post_processor`/,
  ],
  [
    'dense',
    'tokenizer.json',
    'that puts too much around texts',
    template('single', ...MANY, A),
    'format',
    /tokenizer\.json: `post_processor`.*positions/,
  ],
  [
    'cross-one',
    'tokenizer.json',
    'that puts too much around two texts',
    template('pair', ...MANY, A, B),
    'format',
    /tokenizer\.json: `post_processor`.*positions/,
  ],
  [
    'cross-one',
    'tokenizer.json',
    'without a place for a second text',
    template('pair', A),
    'unsupported',
    /tokenizer\.json: `post_processor\.pair`/,
  ],
  [
    'dense',
    'tokenizer_config.json',
    'that cuts texts at their beginning',
    fields({ truncation_side: 'left' }),
    'unsupported',
    /tokenizer_config\.json: `truncation_side`.*left/,
  ],
  ['dense', 'tokenizer_config.json', 'truncated', truncated, 'format', /tokenizer_config\.json: `JSON`/],
  ['dense', 'modules.json', 'truncated', truncated, 'format', /modules\.json: `JSON`/],
  ['dense', 'modules.json', 'of the wrong form', text('{}'), 'format', /modules\.json: `JSON` is not a list/],
  [
    'dense',
    'modules.json',
    'with an unknown module',
    (whole) => Buffer.from(whole.toString().replace('dense.Dense', 'lstm.LSTM')),
    'unsupported',
    /modules\.json: `type`.*LSTM/,
  ],
  ['dense', POOLING, 'missing', missing, 'format', /1_Pooling\/config\.json/],
  [
    'dense',
    POOLING,
    'with an unknown mode',
    fields({ pooling_mode: 'attention' }),
    'unsupported',
    /1_Pooling\/config\.json: `pooling_mode`.*attention/,
  ],
  ['dense', DENSE, 'missing', missing, 'format', /2_Dense\/config\.json/],
  [
    'dense',
    DENSE,
    'with another width',
    fields({ in_features: 33 }),
    'format',
    /2_Dense\/config\.json: `in_features` is 33/,
  ],
  [
    'dense',
    DENSE,
    'with other results than its weights',
    fields({ out_features: 45 }),
    'format',
    /in_features|2_Dense\/linear\.weight/,
  ],
  [
    'dense',
    DENSE,
    'with an unknown function',
    fields({ activation_function: 'torch.nn.Softmax' }),
    'unsupported',
    /2_Dense\/config\.json: `activation_function`.*Softmax/,
  ],
  ['dense', DENSE, 'with a residual', fields({ use_residual: true }), 'unsupported', /use_residual/],
  [
    'dense',
    '2_Dense/model.safetensors',
    'missing',
    missing,
    'network',
    /2_Dense\/model\.safetensors answered 404/,
  ],
  [
    'dense',
    '2_Dense/model.safetensors',
    'with NaN',
    tensor('linear.bias', (bytes) => bytes.writeFloatLE(NaN, 4)),
    'format',
    /2_Dense\/linear\.bias.*element 1/,
  ],
  [
    'dense',
    SENTENCE,
    'of length 0',
    fields({ max_seq_length: 0 }),
    'format',
    /sentence_bert_config\.json: `max_seq_length` is 0/,
  ],
  [
    'dense',
    SENTENCE,
    'truncated',
    text('{"max_seq_length":'),
    'format',
    /sentence_bert_config\.json: `JSON`/,
  ],
  [
    'dense',
    SENTENCE,
    'with another config',
    fields({ config_args: { hidden_act: 'relu' } }),
    'unsupported',
    /sentence_bert_config\.json: `config_args`/,
  ],
  [
    'dense',
    SENTENCE,
    'with another tokenizer',
    fields({ processor_kwargs: { do_lower_case: false } }),
    'unsupported',
    /sentence_bert_config\.json: `processor_kwargs`/,
  ],
  [
    'dense',
    SENTENCE,
    'with a length for queries',
    fields({ query_length: 8 }),
    'unsupported',
    /sentence_bert_config\.json: `query_length`/,
  ],
  [
    'dense',
    PROMPTS,
    'that shortens vectors',
    fields({ truncate_dim: 8 }),
    'unsupported',
    /config_sentence_transformers\.json: `truncate_dim`/,
  ],
  [
    'dense',
    PROMPTS,
    'whose prompts are numbers',
    fields({ prompts: { query: 5 } }),
    'format',
    /`prompts\.query`/,
  ],
  [
    'dense',
    PROMPTS,
    'with a default that is no prompt',
    fields({ default_prompt_name: 'nothing' }),
    'format',
    /default_prompt_name/,
  ],
  ['dense', WEIGHTS, 'missing', missing, 'network', /model\.safetensors answered 404/],
  [
    'dense',
    WEIGHTS,
    'in the format of PyTorch',
    text('PK\u0003\u0004'.padEnd(200)),
    'unsupported',
    /PyTorch/,
  ],
  [
    'dense',
    WEIGHTS,
    'with an infinite weight',
    tensor('embeddings.LayerNorm.weight', (bytes) => bytes.writeFloatLE(Infinity, 0)),
    'format',
    /embeddings\.LayerNorm\.weight.*element 0/,
  ],
  [
    'shards',
    'model.safetensors.index.json',
    'missing',
    missing,
    'network',
    /model\.safetensors answered 404/,
  ],
  [
    'shards',
    'model.safetensors.index.json',
    'truncated',
    truncated,
    'format',
    /model\.safetensors\.index\.json/,
  ],
  [
    'shards',
    'model.safetensors.index.json',
    'without its map',
    fields({ weight_map: {} }),
    'format',
    /weight_map/,
  ],
  [
    'shards',
    'model-00003-of-00007.safetensors',
    'missing',
    missing,
    'network',
    /model-00003-of-00007\.safetensors answered 404/,
  ],
  [
    'cross-one',
    CONFIG,
    'with three labels',
    fields({ id2label: { 0: 'a', 1: 'b', 2: 'c' } }),
    'format',
    /classifier\.weight.*\[1, 64\].*\[3, 64\]/,
  ],
  [
    'cross-one',
    CONFIG,
    'with an unknown function',
    fields({ sentence_transformers: { activation_fn: 'torch.nn.Softplus' } }),
    'unsupported',
    /activation_fn.*Softplus/,
  ],
  [
    'distilbert',
    CONFIG,
    'with another number of layers',
    fields({ n_layers: 2 }),
    'format',
    /num_hidden_layers|n_layers/,
  ],
  [
    'roberta',
    CONFIG,
    'without a position',
    fields({ pad_token_id: 30 }),
    'format',
    /max_position_embeddings/,
  ],
  [
    'old-files',
    'added_tokens.json',
    'with a token of its own',
    text('{"[PAD]":0,"[ENT]":30}'),
    'unsupported',
    /added_tokens\.json: `\[ENT\]`/,
  ],
  ['old-files', 'vocab.txt', 'missing', missing, 'format', /tokenizer\.json/],
  ['old-files', 'vocab.txt', 'truncated', (whole) => whole.subarray(0, 12), 'format', /vocab\.txt/],
];

for (const [model, file, what, change, code, message] of CASES) {
  test(`${model}: ${file} ${what}`, async ({ blank, server }) => {
    const path = `/fixtures/models/${model}/${file}`;
    const original = join(fixtures, 'models', model, file);
    const changed = change(existsSync(original) ? readFileSync(original) : Buffer.of());
    server.answer(path, (_, response) => {
      if (changed) response.end(changed);
      else response.writeHead(404).end();
    });
    const { error, kept } = await blank.evaluate(async (source) => {
      const { WasmModel, CrossEncoder, cache } = await import('edgebert');
      const kind = source.includes('cross') ? CrossEncoder : WasmModel;
      const error = await kind.from_pretrained(source).then(
        () => undefined,
        ({ name, message, code }: Error & { code: string }) => ({ name, message, code }),
      );
      return { error, kept: await cache.list() };
    }, `/fixtures/models/${model}/`);
    expect(error).toMatchObject({ name: 'EdgeBertError', code });
    expect(error!.message).toMatch(message);
    expect(kept).toEqual([]);
  });
}

test('what a model does not understand is no matter where it is empty', async ({ blank, server }) => {
  const folder = '/fixtures/models/old-files';
  const length = {
    max_seq_length: 7,
    model_args: { dtype: 'float32' },
    tokenizer_args: {},
    config_kwargs: {},
    query_length: null,
  };
  const files = {
    [SENTENCE]: length,
    'added_tokens.json': { '[CLS]': 2 },
    [PROMPTS]: { truncate_dim: null },
  };
  for (const [file, content] of Object.entries(files)) {
    server.answer(`${folder}/${file}`, (_, response) => response.end(JSON.stringify(content, null, 2)));
  }
  const maxLength = await blank.evaluate(async (source) => {
    const { WasmModel } = await import('edgebert');
    return (await WasmModel.from_pretrained(source, { cache: 'none' })).maxLength;
  }, folder);
  expect(maxLength).toBe(7);
});

for (const module of ['', '2_Dense/']) {
  test(`a model whose ${module}weights are only there in the format of PyTorch`, async ({
    blank,
    server,
  }) => {
    const folder = '/fixtures/models/dense';
    server.answer(`${folder}/${module}${WEIGHTS}`, (_, response) => response.writeHead(404).end());
    server.answer(`${folder}/${module}pytorch_model.bin`, (_, response) => response.end('PK'));
    const message = await blank.evaluate(async (source) => {
      const { WasmModel } = await import('edgebert');
      return WasmModel.from_pretrained(source).then(
        () => '',
        ({ code, message }) => `${code}: ${message}`,
      );
    }, folder);
    expect(message).toMatch(/^unsupported: .*pytorch_model\.bin.*convert/);
    expect(message).toContain(`${module}pytorch_model.bin`);
  });
}
