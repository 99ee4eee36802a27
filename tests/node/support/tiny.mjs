import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { dist } from './source.mjs';

export const fixtures = join(dist, '../tests/fixtures');

/** A fixture's files by their paths. */
export function filesOf(name) {
  const folder = join(fixtures, name);
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
  const files = paths.filter((path) => statSync(path).isFile());
  return new Map(files.map((path) => [relative(folder, path).replaceAll('\\', '/'), readFileSync(path)]));
}

/** The same checkpoint with one of its biases changed, so that its vectors are others. */
export function retrained(weights) {
  const bytes = Buffer.from(weights);
  const length = 8 + Number(bytes.readBigUInt64LE());
  const tensors = JSON.parse(bytes.toString('utf8', 8, length));
  const name = Object.keys(tensors).find((name) => /embeddings\.LayerNorm\.(bias|beta)/.test(name));
  const [start] = tensors[name].data_offsets;
  for (let i = 0; i < 8; i++) bytes.writeFloatLE(0.7 - i / 5, length + start + 4 * i);
  return bytes;
}

/** The files of a tiny BERT, four times as wide: wide enough to be calibrated where it is loaded. */
export function widened(files) {
  const wide = new Map(files);
  const replace = (path, change) =>
    wide.set(path, Buffer.from(JSON.stringify(change(JSON.parse(files.get(path))))));
  replace('config.json', (config) => ({
    ...config,
    hidden_size: 4 * config.hidden_size,
    intermediate_size: 4 * config.intermediate_size,
  }));
  replace('1_Pooling/config.json', ({ word_embedding_dimension: width, ...rest }) => ({
    ...rest,
    word_embedding_dimension: 4 * width,
  }));
  const weights = files.get('model.safetensors');
  const { __metadata__: metadata, ...tensors } = JSON.parse(
    weights.toString('utf8', 8, 8 + Number(weights.readBigUInt64LE())),
  );
  const header = { __metadata__: metadata };
  const parts = [];
  let [end, seed] = [0, 1];
  for (const [name, { dtype, shape }] of Object.entries(tensors)) {
    if (dtype !== 'F32') continue;
    const isTable = /embeddings\.weight$/.test(name);
    const wider = shape.map((size, at) => (isTable && at === 0 ? size : 4 * size));
    const values = Float32Array.from({ length: wider.reduce((product, size) => product * size, 1) }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const random = (seed >>> 8) / 2 ** 24 - 0.5;
      return /LayerNorm\.(weight|gamma)$/.test(name) ? 1 + random / 2 : random / 4;
    });
    parts.push(Buffer.from(values.buffer));
    header[name] = { dtype, shape: wider, data_offsets: [end, (end += values.byteLength)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return wide.set('model.safetensors', Buffer.concat([length, json, ...parts]));
}
