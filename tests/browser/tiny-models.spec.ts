// Raw checkpoints given as bytes: the constructor, and everything that can be wrong with a file.
import type { Page } from '@playwright/test';
import { failureOf, type Failure } from './support/models';
import { assemble, TinyCheckpoint } from './support/safetensors';
import type { TestServer } from './support/server';
import { expect, test } from './support/test';
import { cosine } from './support/vectors';

const tiny = new TinyCheckpoint();

/** The vectors of a checkpoint's own texts, in the page, as the constructor reads its bytes. */
async function construct(page: Page, server: TestServer, checkpoint: TinyCheckpoint): Promise<number[][]> {
  serve(server, checkpoint.bytes());
  const { config, tokenizer, expected } = checkpoint;
  return page.evaluate(
    async ({ config, tokenizer, texts, maxLength }) => {
      const { default: init, WasmModel } = await import('edgebert');
      await init();
      const weights = new Uint8Array(await (await fetch('/weights')).arrayBuffer());
      const model = new WasmModel(weights, config, tokenizer);
      model.maxLength = maxLength;
      const vectors = texts.map((text) => Array.from(model.encode([text])));
      model.free();
      return vectors;
    },
    { config, tokenizer, texts: expected.cases.map(({ text }) => text), maxLength: expected.maxLength },
  );
}

function serve(server: TestServer, bytes: Buffer): void {
  server.answer('/weights', (_, response) => response.end(bytes));
}

for (const name of ['tiny-bert-f32', 'tiny-bert-f16']) {
  test(`${name} gives the reference's vectors`, async ({ blank, server }) => {
    const checkpoint = new TinyCheckpoint(name);
    const vectors = await construct(blank, server, checkpoint);
    for (const [i, { text, pooled }] of checkpoint.expected.cases.entries()) {
      expect(cosine(vectors[i]!, pooled), text).toBeGreaterThan(0.999);
    }
  });
}

/** What the constructor says of broken input; then a whole model must load in the same page. */
async function refusal(
  page: Page,
  server: TestServer,
  weights: Buffer,
  { config = tiny.config, tokenizer = tiny.tokenizer } = {},
): Promise<Failure> {
  serve(server, weights);
  const failure = await failureOf(
    page,
    async ({ default: init, WasmModel }, { config, tokenizer }) => {
      await init();
      const weights = new Uint8Array(await (await fetch('/weights')).arrayBuffer());
      return new WasmModel(weights, config, tokenizer);
    },
    { config, tokenizer },
  );
  const vectors = await construct(page, server, tiny);
  expect(cosine(vectors[0]!, tiny.expected.cases[0]!.pooled)).toBeGreaterThan(0.999);
  return failure;
}

const QUERY = 'encoder.layer.1.attention.self.query.weight';
const whole = tiny.bytes();
const headerEnd = whole.length - tiny.data.length;
const json = (change: object) => JSON.stringify({ ...JSON.parse(tiny.config), ...change });

const NOT_SAFETENSORS: [string, Buffer][] = [
  ['no bytes at all', Buffer.alloc(0)],
  ['five bytes', whole.subarray(0, 5)],
  ['a web page', Buffer.from('<!doctype html><title>Sign in</title>'.padEnd(4096))],
  ['zeros', Buffer.alloc(4096)],
  [
    'a header longer than any file',
    Buffer.concat([Buffer.from('ffffffffffffff7f', 'hex'), whole.subarray(8)]),
  ],
  ['a header that is no JSON', assemble('{"a": nonsense'.padEnd(64), tiny.data)],
  ['a header that is no object', assemble('[1, 2, 3]', tiny.data)],
];

for (const [what, bytes] of NOT_SAFETENSORS) {
  test(`weights that are not safetensors: ${what}`, async ({ blank, server }) => {
    const failure = await refusal(blank, server, bytes);
    expect(failure).toMatchObject({ isEdgeBertError: true, code: 'format' });
    expect(failure.message).toMatch(/safetensors|byte|header/i);
  });
}

for (const [what, end] of [
  ['inside the header', headerEnd - 100],
  ['right after the header', headerEnd],
  ['inside a tensor', headerEnd + 20_001],
  ['before the last byte', whole.length - 1],
] as const) {
  test(`weights that end ${what}`, async ({ blank, server }) => {
    const failure = await refusal(blank, server, whole.subarray(0, end));
    expect(failure).toMatchObject({ isEdgeBertError: true, code: 'format' });
    expect(failure.message).toMatch(/`[\w.]+`|\b\d{2,}\b/);
  });
}

test('weights with bytes left over', async ({ blank, server }) => {
  const failure = await refusal(blank, server, Buffer.concat([whole, Buffer.alloc(64)]));
  expect(failure).toMatchObject({ isEdgeBertError: true, code: 'format' });
});

test('weights without one of the tensors', async ({ blank, server }) => {
  for (const name of Object.keys(tiny.header).filter((name) => !/position_ids|pooler/.test(name))) {
    const failure = await refusal(blank, server, tiny.without(name));
    expect(failure, name).toMatchObject({ isEdgeBertError: true, code: 'format' });
    expect(failure.message).toContain(name);
  }
});

const BAD_TENSORS: [string, string, Buffer][] = [
  [
    'a row too few',
    QUERY,
    tiny.with(QUERY, (_, bytes) => ({ shape: [31, 32], bytes: bytes.subarray(0, 31 * 32 * 4) })),
  ],
  ['one dimension too many', QUERY, tiny.with(QUERY, () => ({ shape: [32, 32, 1] }))],
  [
    'the dimensions exchanged',
    'encoder.layer.0.output.dense.weight',
    tiny.with('encoder.layer.0.output.dense.weight', ({ shape }) => ({ shape: shape.toReversed() })),
  ],
  [
    'a shape that its bytes are too few for',
    QUERY,
    tiny.with(QUERY, (_, bytes) => ({ bytes: bytes.subarray(0, 4000) })),
  ],
  [
    'a shape whose product overflows',
    QUERY,
    tiny.with(QUERY, () => ({ shape: [2 ** 31, 2 ** 31, 2 ** 31] })),
  ],
  [
    'whole numbers',
    'encoder.layer.0.output.dense.bias',
    tiny.with('encoder.layer.0.output.dense.bias', () => ({ dtype: 'I32' })),
  ],
  [
    'a value that is not a number',
    QUERY,
    tiny.with(QUERY, (_, bytes) => (bytes.writeFloatLE(NaN, 400), { bytes })),
  ],
  [
    'an infinite value',
    'embeddings.LayerNorm.bias',
    tiny.with('embeddings.LayerNorm.bias', (_, bytes) => (bytes.writeFloatLE(-Infinity, 8), { bytes })),
  ],
];

for (const [what, name, bytes] of BAD_TENSORS) {
  test(`a tensor with ${what}`, async ({ blank, server }) => {
    const failure = await refusal(blank, server, bytes);
    expect(failure).toMatchObject({ isEdgeBertError: true });
    expect(['format', 'unsupported']).toContain(failure.code);
    expect(failure.message).toContain(name);
  });
}

const BAD_FILES: [string, { config?: string; tokenizer?: string }, string, RegExp][] = [
  ['a config that is no JSON', { config: '{' }, 'format', /config\.json/],
  [
    'a config that promises a third layer',
    { config: json({ num_hidden_layers: 3 }) },
    'format',
    /encoder\.layer\.2/,
  ],
  ['a config with another hidden size', { config: json({ hidden_size: 64 }) }, 'format', /shape|hidden_size/],
  ['a config with no layers', { config: json({ num_hidden_layers: 0 }) }, 'format', /num_hidden_layers/],
  [
    'a config with heads that do not divide',
    { config: json({ num_attention_heads: 5 }) },
    'format',
    /\b5 heads|num_attention_heads/,
  ],
  [
    'a config of absurd size',
    { config: json({ hidden_size: 2 ** 30, num_attention_heads: 1 }) },
    '',
    /hidden_size|shape|memory/,
  ],
  [
    'a config of another architecture',
    { config: json({ model_type: 'llama', architectures: ['LlamaModel'] }) },
    'unsupported',
    /llama/i,
  ],
  ['a tokenizer that is no JSON', { tokenizer: 'x' }, 'format', /tokenizer\.json/],
  [
    'a tokenizer of another kind',
    { tokenizer: JSON.stringify({ model: { type: 'WordLevel', vocab: {} } }) },
    'unsupported',
    /WordLevel/,
  ],
];

for (const [what, files, code, message] of BAD_FILES) {
  test(what, async ({ blank, server }) => {
    const failure = await refusal(blank, server, whole, files);
    expect(failure).toMatchObject({ isEdgeBertError: true, ...(code && { code }) });
    expect(failure.message).toMatch(message);
  });
}

test('after free, a model says that it was freed', async ({ blank, server }) => {
  serve(server, whole);
  const failure = await failureOf(
    blank,
    async ({ default: init, WasmModel }, { config, tokenizer }) => {
      await init();
      const weights = new Uint8Array(await (await fetch('/weights')).arrayBuffer());
      const model = new WasmModel(weights, config, tokenizer);
      model.free();
      return model.encode(['gone']);
    },
    { config: tiny.config, tokenizer: tiny.tokenizer },
  );
  expect(failure).toMatchObject({ isEdgeBertError: true, code: 'state' });
});
