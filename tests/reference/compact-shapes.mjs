// Packs models of other shapes into compact files: their size, how close their vectors are to float32's,
// and how long packing takes.
//
//   node tests/reference/compact-shapes.mjs [--only <text>] [--bits 4] [--calibration 64] [--model <folder>]
//
// The models have seeded random weights of BERT's own initial spread, and MiniLM's tokenizer. `--model`
// packs a checkpoint's folder instead, such as a multilingual one. `--bits` is what a weight may take,
// `--calibration` the number of WordNet's texts to calibrate with, 0 for none.
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { wrapperWith } from '../../scripts/lib/pack-model.mjs';
import { wordnetTexts } from '../../scripts/lib/wordnet.mjs';
import { agreement } from './statistics.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const checkpoint = here('../../models/all-MiniLM-L6-v2/checkpoint');
/** BERT's `initializer_range`. */
const SPREAD = 0.02;
const TEXTS = 100;
const VOCABULARY = 30_522;

const SHAPES = {
  'bge-small-shaped': { layers: 12, hidden: 384, heads: 12, intermediate: 1536, pooling: 'cls' },
  'base-shaped': { layers: 12, hidden: 768, heads: 12, intermediate: 3072 },
  'distilbert-shaped': { layers: 6, hidden: 768, heads: 12, intermediate: 3072, distil: true },
  'cross-encoder': { layers: 6, hidden: 384, heads: 12, intermediate: 1536, labels: 1 },
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    bits: { type: 'string', default: '4' },
    calibration: { type: 'string', default: '64' },
    model: { type: 'string' },
  },
});
const { pack, packCompact, load } = await wrapperWith(here('../../pkg/'), { packer: true });
const texts = wordnetTexts();

if (options.model) await measure(options.model.split('/').at(-1), options.model);
for (const [name, shape] of Object.entries(options.model ? {} : SHAPES)) {
  if (!name.includes(options.only)) continue;
  const folder = mkdtempSync(join(tmpdir(), 'edgebert-shape-'));
  try {
    write(folder, shape);
    await measure(name, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(name, folder) {
  const source = pathToFileURL(folder);
  const int8 = await pack(source);
  // Of an int8 file, nearly every byte is a weight.
  const size = Math.ceil((int8.size * Number(options.bits)) / 8 / 1e4) / 100;
  const count = Number(options.calibration);
  const [started, used] = [performance.now(), process.cpuUsage()];
  const compact = await packCompact(source, { size, texts: texts.slice(0, count) });
  const wall = ((performance.now() - started) / 1000).toFixed(0);
  const { user, system } = process.cpuUsage(used);
  const expected = await answers(source, 'f32');
  const near = [];
  for (const file of [int8, compact]) {
    const found = await answers({ weights: file }, 'int8');
    const { mean, min } = agreement(found.values, expected.values, expected.dimension);
    near.push(`cosine mean ${mean.toFixed(5)}, min ${min.toFixed(5)}`);
  }
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
  console.log(
    `${name}: int8 ${megabytes(int8.size)}, ${near[0]}; compact ${megabytes(compact.size)}, ${near[1]}; ` +
      `packed with ${count} texts in ${wall} s, ${((user + system) / 1e6).toFixed(0)} s of them computing`,
  );
}

/** Vectors of the texts that were not calibrated with; of a cross-encoder, what its scores are made of. */
async function answers(source, precision) {
  const engine = await load(source, precision);
  const asked = texts.slice(-TEXTS);
  const info = engine.info();
  try {
    if (info.task === 'cross-encoder') {
      // One score has no direction: those of all pairs, less their mean, are one vector.
      const scores = asked.flatMap((text, i) => [...engine.score(text, [asked.at(i - 1)])]);
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      return { values: scores.map((score) => score - mean), dimension: scores.length };
    }
    return { values: engine.encode(asked, true), dimension: info.dimension };
  } finally {
    engine.free();
  }
}

/** A checkpoint with random weights. */
function write(folder, { layers, hidden, heads, intermediate, pooling = 'mean', distil = false, labels }) {
  const bert = {
    model_type: 'bert',
    architectures: [labels ? 'BertForSequenceClassification' : 'BertModel'],
    vocab_size: VOCABULARY,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediate,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    pad_token_id: 0,
    ...(labels && { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } }),
  };
  const distilBert = {
    model_type: 'distilbert',
    architectures: ['DistilBertModel'],
    vocab_size: VOCABULARY,
    dim: hidden,
    n_layers: layers,
    n_heads: heads,
    hidden_dim: intermediate,
    activation: 'gelu',
    max_position_embeddings: 512,
    pad_token_id: 0,
  };
  const put = (file, content) => writeFileSync(join(folder, file), JSON.stringify(content));
  put('config.json', distil ? distilBert : bert);
  for (const file of ['tokenizer.json'])
    writeFileSync(join(folder, file), readFileSync(join(checkpoint, file)));
  mkdirSync(join(folder, '1_Pooling'));
  put('1_Pooling/config.json', {
    word_embedding_dimension: hidden,
    pooling_mode_cls_token: pooling === 'cls',
    pooling_mode_mean_tokens: pooling === 'mean',
  });
  writeWeights(
    join(folder, 'model.safetensors'),
    tensorsOf({ layers, hidden, intermediate, distil, labels }),
  );
}

/** Names, shapes, and what the values spread around: norms scale by 1. */
function tensorsOf({ layers, hidden, intermediate, distil, labels }) {
  const tensors = [];
  const prefix = labels ? 'bert.' : '';
  const matrix = (name, rows, columns) =>
    tensors.push({ name: prefix + name, shape: [rows, columns], spread: SPREAD });
  const linear = (name, rows, columns) => {
    matrix(`${name}.weight`, rows, columns);
    tensors.push({ name: `${prefix}${name}.bias`, shape: [rows], spread: SPREAD });
  };
  const norm = (name) => {
    tensors.push({ name: `${prefix}${name}.weight`, shape: [hidden], spread: SPREAD, around: 1 });
    tensors.push({ name: `${prefix}${name}.bias`, shape: [hidden], spread: SPREAD });
  };
  matrix('embeddings.word_embeddings.weight', VOCABULARY, hidden);
  matrix('embeddings.position_embeddings.weight', 512, hidden);
  if (!distil) matrix('embeddings.token_type_embeddings.weight', 2, hidden);
  norm('embeddings.LayerNorm');
  const parts = distil
    ? ['attention.q_lin', 'attention.k_lin', 'attention.v_lin', 'attention.out_lin', 'ffn.lin1', 'ffn.lin2']
    : [
        'attention.self.query',
        'attention.self.key',
        'attention.self.value',
        'attention.output.dense',
        'intermediate.dense',
        'output.dense',
      ];
  const norms = distil
    ? ['sa_layer_norm', 'output_layer_norm']
    : ['attention.output.LayerNorm', 'output.LayerNorm'];
  for (let layer = 0; layer < layers; layer++) {
    const own = (part) => `${distil ? 'transformer' : 'encoder'}.layer.${layer}.${part}`;
    for (const part of parts.slice(0, 4)) linear(own(part), hidden, hidden);
    linear(own(parts[4]), intermediate, hidden);
    linear(own(parts[5]), hidden, intermediate);
    for (const part of norms) norm(own(part));
  }
  if (labels) {
    linear('pooler.dense', hidden, hidden);
    tensors.push({ name: 'classifier.weight', shape: [labels, hidden], spread: SPREAD });
    tensors.push({ name: 'classifier.bias', shape: [labels], spread: SPREAD });
  }
  return tensors;
}

function writeWeights(path, tensors) {
  const header = {};
  let end = 0;
  for (const { name, shape } of tensors) {
    const start = end;
    end += 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path, 'w');
  const next = uniform(1);
  writeSync(file, length);
  writeSync(file, json);
  for (const { shape, spread, around = 0 } of tensors) {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    // Twelve uniform numbers make a normal one, of spread 1; three, of spread 1/2, do for this.
    for (let i = 0; i < values.length; i++)
      values[i] = around + 2 * spread * (next() + next() + next() - 1.5);
    const bytes = Buffer.from(values.buffer);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  }
  closeSync(file);
}

/** Seeded numbers in [0, 1) (Mulberry32). */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
