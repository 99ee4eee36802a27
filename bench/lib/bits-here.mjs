// The SHA-256 of MiniLM's vectors by each kernel, under whatever runtime runs this: Node, Deno or Bun.
//
//   bits-here.mjs <folder of dist> <packed model> <texts.json>
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const [, , dist, weights, list] = argv;
const { WasmModel } = await import(pathToFileURL(join(dist, 'index.js')).href);
const texts = JSON.parse(readFileSync(list, 'utf8'));
/** A runtime that is slow shows that it is alive. */
const BATCH = 50;

for (const kernel of ['simd128', 'relaxed']) {
  try {
    const model = await WasmModel.from_pretrained({ weights: readFileSync(weights) }, { kernel });
    const hash = createHash('sha256');
    for (let first = 0; first < texts.length; first += BATCH) {
      const vectors = model.encode(texts.slice(first, first + BATCH));
      hash.update(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
      console.error(`${kernel}: ${Math.min(first + BATCH, texts.length)} of ${texts.length}`);
    }
    console.log(JSON.stringify({ kernel, sha256: hash.digest('hex') }));
    model.free();
  } catch (error) {
    if (error.code !== 'unsupported') throw error;
  }
}
