// Original weights in, packed file out, by the same code that quantises in the browser.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from './files.mjs';

/** Starts the engine that wasm-pack left in `folder` on this thread. */
export async function startEngine(folder) {
  const engine = await import(pathToFileURL(join(folder, 'edgebert.js')));
  engine.initSync({ module: readFileSync(join(folder, 'edgebert_bg.wasm')) });
  return engine;
}

/**
 * @param engine what `startEngine` returned
 * @param sideFiles [path in the model's folder, text] of each file beside the weights
 * @param weights the safetensors file, as an (asynchronous) iterable of byte chunks
 * @returns the packed file: its header, the chunks of its data in order, and what the model says of itself
 */
export async function packModel(engine, sideFiles, weights) {
  const model = await load(engine, sideFiles, weights);
  try {
    const exporter = model.exporter();
    try {
      const chunks = [];
      for (let chunk = exporter.next(); chunk; chunk = exporter.next()) chunks.push(chunk);
      return { header: exporter.header(chunks.map(sha256)), chunks, info: JSON.parse(model.info()) };
    } finally {
      exporter.free();
    }
  } finally {
    model.free();
  }
}

async function load(engine, sideFiles, weights) {
  const loader = new engine.Loader('int8');
  try {
    for (const [name, text] of sideFiles) loader.file(name, text);
    for await (const chunk of weights) loader.push(chunk);
  } catch (error) {
    loader.free();
    throw error;
  }
  return loader.finish();
}
