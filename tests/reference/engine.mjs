// The built engine under Node: pkg/ as wasm-pack leaves it, fed from files.
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const pkg = new URL('../../pkg/', import.meta.url);
const PIECE = 1 << 20;
/** Texts of one call. */
const BATCH = 256;

/** Instantiates the wasm and returns the raw bindings. */
export async function bindings() {
  const wasm = new URL('edgebert_bg.wasm', pkg);
  if (!existsSync(wasm)) throw new Error(`${fileURLToPath(wasm)} is missing: run npm run build first`);
  const module = await import(new URL('edgebert.js', pkg));
  module.initSync({ module: readFileSync(wasm) });
  return module;
}

/** All small text files of a model folder, by their path in it. */
export function sideFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(folder, path), readFileSync(path, 'utf8')]);
}

/**
 * Loads a model: `source` is a packed file, or a folder with a checkpoint and its JSON files.
 * @returns the engine, to be freed by the caller
 */
export function load({ Loader }, source, precision) {
  const isFolder = statSync(source).isDirectory();
  const weights = isFolder ? join(source, 'model.safetensors') : source;
  const loader = new Loader(precision);
  if (isFolder) for (const [name, text] of sideFiles(source)) loader.file(name, text);
  const file = openSync(weights, 'r');
  try {
    const buffer = new Uint8Array(PIECE);
    for (let read; (read = readSync(file, buffer)) > 0;) loader.push(buffer.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return loader.finish();
}

/** Unit vectors of texts, one after the other. */
export function encodeAll(engine, texts) {
  const out = new Float32Array(texts.length * engine.dimension);
  for (let start = 0; start < texts.length; start += BATCH) {
    out.set(engine.encode(texts.slice(start, start + BATCH), true), start * engine.dimension);
  }
  return out;
}
