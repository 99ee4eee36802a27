// A worker's side of the protocol: copies of one model that are read at the same time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { dist, packedFile, source } from './support/source.mjs';

let ask;

before(async () => {
  const { answering } = await source('workers/answer.ts');
  const waiting = new Map();
  const { receive } = answering(({ id, value, error }) => {
    const { resolve, reject } = waiting.get(id);
    if (error) reject(Object.assign(new Error(error.message), error));
    else resolve(value);
  });
  let last = 0;
  ask = (call, input = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      receive({ id: last, call, ...input });
    });
  const module = await WebAssembly.compile(readFileSync(join(dist, 'edgebert_bg.wasm')));
  await ask('start', { module, precision: 'int8', kernel: 'simd128' });
  await ask('begin', { files: [] });
  await ask('push', { piece: new Uint8Array(readFileSync(packedFile)) });
  await ask('finish');
});

/** Reads a copy to its end, from a piece that was read before. */
async function rest(copy, pieces = []) {
  for (;;) {
    const piece = await ask('exportPiece', { copy });
    if (!piece) return Buffer.concat(pieces);
    pieces.push(piece);
  }
}

test('two copies that are read by turns are both whole, also when a third one is given up', async () => {
  const expected = await rest(1);
  await ask('exportEnd', { copy: 1 });
  const [first, given, second] = [[], [], []];
  for (let turn = 0; turn < 3; turn++) {
    given.push(await ask('exportPiece', { copy: 2 }));
    first.push(await ask('exportPiece', { copy: 3 }));
    second.push(await ask('exportPiece', { copy: 4 }));
  }
  // Its worker has failed; the others go on.
  await ask('exportEnd', { copy: 2 });
  const copies = await Promise.all([rest(3, first), rest(4, second)]);
  for (const copy of copies) assert.ok(copy.equals(expected));
  assert.deepEqual(Buffer.concat(given), expected.subarray(0, Buffer.concat(given).length));
  // A number that is used again begins at the beginning.
  assert.ok((await rest(2)).equals(expected));
});

test('a header that fails ends its copy too', async () => {
  await ask('exportPiece', { copy: 9 });
  await assert.rejects(ask('exportHeader', { copy: 9, hashes: ['nonsense'] }), { code: 'state' });
  const again = await rest(9);
  assert.ok(again.length > 20_000_000);
});
