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
