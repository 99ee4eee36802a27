// What every consumer has to compute: the same numbers, bit for bit, and close to the reference's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixtures = join(root, 'tests/fixtures/minilm');
const DIMENSION = 384;
const TEXTS = 5;
/** int8 against float32: the lowest that one of these texts may come to. */
const COSINE = 0.998;

/** The packed model, on this machine. */
export const modelFile = join(root, 'models/all-MiniLM-L6-v2/model-int8.safetensors');
export const modelUrl = pathToFileURL(modelFile).href;

export const texts = JSON.parse(readFileSync(join(fixtures, 'texts.json'), 'utf8'))
  .texts.slice(0, TEXTS)
  .map(({ text }) => text);

const bytes = readFileSync(join(fixtures, 'normalized.f32'));
const reference = Array.from({ length: TEXTS * DIMENSION }, (_, i) => bytes.readFloatLE(4 * i));

let own;

/** The vectors of `dist/` in this process. */
async function ownVectors() {
  const { WasmModel, MiniLML6V2 } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
  const model = await WasmModel.from_type(MiniLML6V2, { url: modelUrl, cache: 'none' });
  const vectors = [...model.encode(texts)];
  model.free();
  return vectors;
}

/** Checks the vectors of all the texts, as plain numbers. */
export async function right(vectors) {
  assert.equal(vectors.length, reference.length);
  for (let row = 0; row < TEXTS; row++) {
    const cut = (all) => all.slice(row * DIMENSION, (row + 1) * DIMENSION);
    const [found, expected] = [cut(vectors), cut(reference)];
    const cosine = found.reduce((sum, value, i) => sum + value * expected[i], 0);
    assert.ok(cosine >= COSINE && cosine < 1.001, `cosine ${cosine} for "${texts[row]}"`);
  }
  own ??= ownVectors();
  assert.deepEqual(vectors, await own);
}
