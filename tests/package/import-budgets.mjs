// What bundlers may make of single imports, in bytes of JavaScript after Brotli: the script and what it
// imports at once. What it imports while it runs (original checkpoints, the caller's own files, Node's file
// system) is another script, which few visitors download.
import assert from 'node:assert/strict';

const KB = 1000;

// An engine that can be started again after a crash takes 0.5 KB of these, in the page and in the worker;
// Trusted Types and classic scripts take 0.3 KB of all that has to find the package's files; refusing a late
// `wasmUrl`, unknown fields of a model's files and Jest's jsdom takes 0.15 KB;
// the loops of relaxed SIMD for two forms of activations 0.4 KB, and the one for processors without AVX-VNNI,
// with the choice between three, 0.6 KB; a trial of them that waits for optimised code 0.45 KB; checksums of
// cached pieces 0.35 KB; a cached model as one file, and pieces of earlier versions, 0.6 KB;
// having originals calibrated by a script of their own 0.35 KB; addresses of the hub's pages, as people copy
// them, 0.55 KB; what to write in place of a constructor or of bytes 0.1 KB. In one file, what servers answer
// in JSON in place of a file is 0.3 KB more.
/** `worker`: the script of the workers counts too. */
export const IMPORTS = [
  { names: 'WasmModel', from: 'edgebert', limit: 34.6 * KB },
  { names: 'WorkerModel', from: 'edgebert', limit: 40.1 * KB, worker: true },
  { names: 'SearchIndex', from: 'edgebert/search', limit: 19 * KB },
  { names: 'similarity', from: 'edgebert/vectors', limit: 2 * KB },
  { names: 'similarity', from: 'edgebert', limit: 2 * KB },
  { names: 'EdgeBertError', from: 'edgebert', limit: 1.25 * KB },
];

/** `import { WasmModel }` where a bundler makes one file of everything, as esbuild does unless it splits. */
export const IN_ONE_FILE = 37.2 * KB;

export function within(what, bytes, limit) {
  assert.ok(bytes <= limit, `${what} has ${bytes} bytes, more than the ${limit} allowed`);
}

/** The scripts of a build that load before the entry runs; `importsOf` gives what one imports at once. */
export function initial(entry, importsOf) {
  const seen = new Set();
  const follow = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    importsOf(name).forEach(follow);
  };
  follow(entry);
  return [...seen];
}
