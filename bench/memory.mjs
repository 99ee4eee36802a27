// Peak of WebAssembly memory while models of random weights load as int8: node bench/memory.mjs
//
// bge-small's shape (12 layers of 384) and BERT base's (12 of 768, 109 M parameters), in F32 and F16,
// with tensors in the checkpoint's order and shuffled. Memory never shrinks, so what it is after the
// load is its peak. The bound: 1.3 × the packed model and 16 MB.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PIECE = 1 << 20;
const SHAPES = { small: { hidden: 384, heads: 12 }, base: { hidden: 768, heads: 12 } };
const [, , shape, dtype, order] = process.argv;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

if (shape) await measure(SHAPES[shape]);
else {
  for (const shape of Object.keys(SHAPES))
    for (const dtype of ['F32', 'F16'])
      for (const order of ['ordered', 'shuffled'])
        await new Promise((done) =>
          fork(fileURLToPath(import.meta.url), [shape, dtype, order]).on('exit', done),
        );
}

async function measure({ hidden, heads }) {
  const engine = await import(new URL('../pkg/edgebert.js', import.meta.url));
  engine.initSync({ module: readFileSync(new URL('../pkg/edgebert_bg.wasm', import.meta.url)) });
  const empty = engine.memoryBytes();
  const tensors = listed(hidden);
  if (order === 'shuffled') shuffle(tensors);
  const loader = new engine.Loader('int8');
  loader.file('config.json', JSON.stringify(config(hidden, heads)));
  loader.file('vocab.txt', vocabulary());
  const width = dtype === 'F32' ? 4 : 2;
  let end = 0;
  const table = Object.fromEntries(
    tensors.map(([name, shape]) => {
      const start = end;
      end += width * shape.reduce((a, b) => a * b);
      return [name, { dtype, shape, data_offsets: [start, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(table));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  loader.push(Buffer.concat([length, json]));
  const piece = randomPiece(width);
  for (let at = 0; at < end; at += PIECE) loader.push(piece.subarray(0, Math.min(PIECE, end - at)));
  const model = loader.finish();
  const peak = engine.memoryBytes();
  const vector = model.encode(['the piece7 of piece9'], true);
  if (!vector.every(Number.isFinite)) throw new Error('the model does not encode');
  const exporter = model.exporter();
  let packed = 0;
  for (let bytes; (bytes = exporter.next());) packed += bytes.length;
  const bound = 1.3 * packed + 16e6;
  const verdict = peak < bound ? 'within' : 'ABOVE';
  console.log(
    `${shape} ${dtype} ${order}: file ${megabytes(end)} MB, packed ${megabytes(packed)}, ` +
      `peak ${megabytes(peak)} (${megabytes(empty)} before), ${verdict} ${megabytes(bound)}`,
  );
  if (peak >= bound) process.exitCode = 1;
}

function config(hidden, heads) {
  return {
    model_type: 'bert',
    hidden_size: hidden,
    num_attention_heads: heads,
    num_hidden_layers: 12,
    intermediate_size: 4 * hidden,
    vocab_size: 30522,
    max_position_embeddings: 512,
    type_vocab_size: 2,
  };
}

function vocabulary() {
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'of'];
  while (pieces.length < 30522) pieces.push(`piece${pieces.length - 7}`);
  return pieces.join('\n');
}

function listed(hidden) {
  const tensors = [
    ['embeddings.word_embeddings.weight', [30522, hidden]],
    ['embeddings.position_embeddings.weight', [512, hidden]],
    ['embeddings.token_type_embeddings.weight', [2, hidden]],
  ];
  const linear = (name, outputs, inputs) =>
    tensors.push([`${name}.weight`, [outputs, inputs]], [`${name}.bias`, [outputs]]);
  const norm = (name) => tensors.push([`${name}.weight`, [hidden]], [`${name}.bias`, [hidden]]);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < 12; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ['self.query', 'self.key', 'self.value', 'output.dense'])
      linear(`${at}.attention.${part}`, hidden, hidden);
    norm(`${at}.attention.output.LayerNorm`);
    linear(`${at}.intermediate.dense`, 4 * hidden, hidden);
    linear(`${at}.output.dense`, hidden, 4 * hidden);
    norm(`${at}.output.LayerNorm`);
  }
  return tensors;
}

/** The same generator at every run: Numerical Recipes' linear congruential one. */
function random(state) {
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

function shuffle(list) {
  const next = random(1);
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
}

/** Finite floats of either width, small ones. */
function randomPiece(width) {
  const next = random(2);
  const piece = Buffer.alloc(PIECE);
  for (let at = 0; at < PIECE; at += width) {
    if (width === 4) piece.writeFloatLE((next() - 0.5) / 10, at);
    else piece.writeUInt16LE((next() < 0.5 ? 0 : 0x8000) | (0x2400 + Math.floor(next() * 0x400)), at);
  }
  return piece;
}
