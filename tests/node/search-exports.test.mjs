// What the search kernels do with ranges that JavaScript must not hand them: trap, and write nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';

const module = new WebAssembly.Module(
  readFileSync(join(import.meta.dirname, '../../pkg-search/search.wasm')),
);
const WIDTH = 16;
const COUNT = 4;

/** One layout for int8 and float32: ranges in the order of the memory, a cache line for each alignment. */
let kernels, own, at, end;

beforeEach(() => {
  kernels = new WebAssembly.Instance(module).exports;
  kernels.memory.grow(1);
  own = Math.ceil(kernels.__heap_base.value / 64) * 64;
  end = kernels.memory.buffer.byteLength;
  at = { query: own, scores: own + 512, hits: own + 1024, rows: own + 2048, vectors: own + 512 };
  new Uint8Array(kernels.memory.buffer, own).fill(0xa5);
  new Float32Array(kernels.memory.buffer, at.vectors, WIDTH * COUNT).fill(0.5);
});

const strides = { int8: 32, f32: 80 };

const calls = {
  write: (kind, { vectors = at.vectors, width = WIDTH, rows = at.rows, stride, count = COUNT } = {}) =>
    kernels[`write_${kind}`](vectors, width, rows, stride ?? strides[kind], count),
  seal: (kind, { rows = at.rows, stride, width = WIDTH, count = COUNT } = {}) =>
    kernels[`seal_${kind}`](rows, stride ?? strides[kind], width, count),
  scan: (kind, options = {}) => {
    const {
      query = at.query,
      width = WIDTH,
      rows = at.rows,
      stride = strides[kind],
      count = COUNT,
    } = options;
    const { scores = at.scores, hits = at.hits } = options;
    return kernels[`scan_${kind}`](query, width, 1, rows, stride, count, -1, scores, hits);
  },
};

/** Ranges that no call may be given, by the function that they are wrong for. */
function wrongRanges(kind) {
  const below = kernels.__heap_base.value - 64;
  const stride = strides[kind];
  return {
    write: {
      'vectors in memory that is the module’s own': { vectors: below },
      'rows past the end of memory': { rows: end - COUNT * stride + 4 },
      'vectors that are not aligned': { vectors: at.vectors + 2 },
      'vectors behind the rows': { vectors: at.rows + 4096 },
      'vectors that reach into the rows': { vectors: at.rows - 4 },
      'more rows than 32 bits can count': { count: 0xffff_ffff },
      'a width that is no whole number of steps': { width: WIDTH + 4 },
      'no width': { width: 0 },
      'rows without room for the factor': { stride: kind === 'int8' ? WIDTH : 4 * WIDTH },
    },
    seal: {
      'rows in memory that is the module’s own': { rows: below },
      'rows past the end of memory': { rows: end - COUNT * stride + 4 },
      'rows at an address near 2³²': { rows: 0xffff_fff0 },
      'more rows than 32 bits can count': { count: 0xffff_ffff },
      'no width': { width: 0 },
    },
    scan: {
      'a query in memory that is the module’s own': { query: below },
      'a query that is not aligned': { query: at.query + 1 },
      'a query behind the scores': { query: at.rows + 4096 },
      'scores that reach into the hits': { scores: at.hits - 4 },
      'scores that are not aligned': { scores: at.scores + 2 },
      'hits that reach into the rows': { hits: at.rows - 4 },
      'hits behind the rows': { hits: at.rows + 4096 },
      'rows past the end of memory': { rows: end - COUNT * stride + 4 },
      'more rows than memory holds': { count: end },
      'a width that is no whole number of steps': { width: WIDTH - 1 },
    },
  };
}

for (const kind of ['int8', 'f32']) {
  test(`${kind}: ranges that lie as they should are read and written`, () => {
    calls.write(kind);
    assert.equal(calls.seal(kind), COUNT);
    new Uint8Array(kernels.memory.buffer, at.query, 4 * WIDTH).fill(0);
    assert.equal(calls.scan(kind), COUNT);
    // To the last byte of memory.
    calls.write(kind, { rows: end - COUNT * strides[kind] });
    assert.equal(calls.seal(kind, { rows: end - COUNT * strides[kind] }), COUNT);
  });

  for (const name of ['write', 'seal', 'scan']) {
    test(`${name}_${kind} traps on every range that does not, and writes nothing`, () => {
      for (const [what, options] of Object.entries(wrongRanges(kind)[name])) {
        const before = new Uint8Array(kernels.memory.buffer.slice(own));
        assert.throws(() => calls[name](kind, options), WebAssembly.RuntimeError, what);
        const after = new Uint8Array(kernels.memory.buffer, own);
        assert.equal(Buffer.compare(before, after), 0, `${what}: memory was written to`);
      }
    });
  }
}
