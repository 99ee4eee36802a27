// Compact files of models whose vocabulary is not WordPiece's: no row of the word table is lost.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';

const chains = join(dist, '../tests/fixtures/tokenizer/chains');
const HIDDEN = 64;
const INTERMEDIATE = 96;
const POSITIONS = 66;

let edgebert;
let packCompact;
let folder;

before(async () => {
  edgebert = await import(pathToFileURL(join(dist, 'index.js')));
  ({ packCompact } = await import(pathToFileURL(join(dist, 'pack.js'))));
  folder = mkdtempSync(join(tmpdir(), 'edgebert-vocabularies-'));
});

after(() => rmSync(folder, { recursive: true }));

/** Seeded numbers around 0, of spread 1 (Mulberry32). */
function spread(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (((z ^ (z >>> 14)) >>> 0) / 2 ** 32 - 0.5) * Math.sqrt(12);
  };
}

/** A random model of XLM-R's architecture with a fixture's tokenizer; the number of its rows. */
function write(path, tokenizer) {
  const { added_tokens: added, model } = JSON.parse(tokenizer);
  const listed = Array.isArray(model.vocab) ? model.vocab.length : Object.keys(model.vocab).length;
  const rows = Math.max(listed, ...added.map(({ id }) => id + 1));
  const next = spread(5);
  const header = {};
  const parts = [];
  let end = 0;
  const add = (name, shape, around = 0, size = 0.1) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => around + size * next());
    const bytes = Buffer.from(values.buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += bytes.length)] };
    parts.push(bytes);
  };
  const norm = (name) => [add(`${name}.weight`, [HIDDEN], 1), add(`${name}.bias`, [HIDDEN])];
  const linear = (name, outputs, inputs) => [
    add(`${name}.weight`, [outputs, inputs]),
    add(`${name}.bias`, [outputs]),
  ];
  add('embeddings.word_embeddings.weight', [rows, HIDDEN], 0, 1);
  add('embeddings.position_embeddings.weight', [POSITIONS, HIDDEN]);
  add('embeddings.token_type_embeddings.weight', [1, HIDDEN]);
  norm('embeddings.LayerNorm');
  const layer = 'encoder.layer.0';
  for (const part of ['self.query', 'self.key', 'self.value', 'output.dense']) {
    linear(`${layer}.attention.${part}`, HIDDEN, HIDDEN);
  }
  linear(`${layer}.intermediate.dense`, INTERMEDIATE, HIDDEN);
  linear(`${layer}.output.dense`, HIDDEN, INTERMEDIATE);
  for (const part of ['attention.output', 'output']) norm(`${layer}.${part}.LayerNorm`);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  mkdirSync(path);
  writeFileSync(join(path, 'model.safetensors'), Buffer.concat([length, text, ...parts]));
  writeFileSync(join(path, 'tokenizer.json'), tokenizer);
  const config = {
    ...{ model_type: 'xlm-roberta', vocab_size: rows, hidden_size: HIDDEN, num_hidden_layers: 1 },
    ...{ num_attention_heads: 4, intermediate_size: INTERMEDIATE, hidden_act: 'gelu' },
    ...{ max_position_embeddings: POSITIONS, type_vocab_size: 1, layer_norm_eps: 1e-5, pad_token_id: 1 },
  };
  writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  return rows;
}

/** A model's vectors for texts, each an array. */
async function vectors(source, options, texts) {
  const model = await edgebert.WasmModel.from_pretrained(source, { cache: 'none', ...options });
  const { dimension } = model;
  const found = model.encode(texts);
  model.free();
  return texts.map((_, i) => [...found.subarray(i * dimension, (i + 1) * dimension)]);
}

const product = (one, other) => one.reduce((sum, x, i) => sum + x * other[i], 0);

for (const [name, pieceOf] of [
  ['unigram-bert', ([piece]) => piece.replace('\u2581', ' ')],
  ['roberta', (piece) => piece.replace('\u0120', ' ')],
]) {
  test(`${name}: the vector of every piece is close to the original's`, async () => {
    const tokenizer = readFileSync(join(chains, `${name}.json`), 'utf8');
    const path = join(folder, name);
    const rows = write(path, tokenizer);
    const { vocab } = JSON.parse(tokenizer).model;
    const texts = (Array.isArray(vocab) ? vocab : Object.keys(vocab)).map(pieceOf);
    assert.ok(texts.length > 600 && texts.length <= rows);
    const source = pathToFileURL(path);
    const expected = await vectors(source, { precision: 'f32' }, texts);
    const size = (0.7 * (await edgebert.pack(source)).size) / 1e6;
    for (const calibration of [[], texts.slice(0, 300)]) {
      const file = await packCompact(source, { size, texts: calibration });
      const weights = new Uint8Array(await file.arrayBuffer());
      const found = await vectors({ weights }, { precision: 'compact' }, texts);
      const cosines = found.map((vector, i) => product(vector, expected[i]));
      const least = Math.min(...cosines);
      const worst = texts[cosines.indexOf(least)];
      assert.ok(least > 0.98, `${JSON.stringify(worst)}: ${least}, with ${calibration.length} texts`);
    }
  });
}
