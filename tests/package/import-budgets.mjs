// What bundlers may make of single imports, in bytes of JavaScript after Brotli.
import assert from 'node:assert/strict';

const KB = 1000;

/** `worker`: the script of the workers counts too. */
export const IMPORTS = [
  { names: 'WasmModel', from: 'edgebert', limit: 28 * KB },
  { names: 'WorkerModel', from: 'edgebert', limit: 32 * KB, worker: true },
  // 15 KB, and 6 of the resuming download, which bundlers that split code leave for `SearchIndex.fetch`.
  { names: 'SearchIndex', from: 'edgebert/search', limit: 22 * KB },
  { names: 'similarity', from: 'edgebert/vectors', limit: 2 * KB },
  { names: 'similarity', from: 'edgebert', limit: 2 * KB },
  { names: 'EdgeBertError', from: 'edgebert', limit: 1 * KB },
];

export function within(what, bytes, limit) {
  assert.ok(bytes <= limit, `${what} has ${bytes} bytes, more than the ${limit} allowed`);
}
