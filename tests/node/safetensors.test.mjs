// How a safetensors file is cut into pieces, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { parseLayout, pieceLength, pieceOffset, PIECE_BYTES } = await source('loading/safetensors.ts');

function header(fields, { length } = {}) {
  const json = new TextEncoder().encode(typeof fields === 'string' ? fields : JSON.stringify(fields));
  const bytes = new Uint8Array(8 + json.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const tensor = (start, end) => ({ dtype: 'I8', shape: [end - start], data_offsets: [start, end] });
const hash = 'ab'.repeat(32);
const metadata = { format: 'edgebert', version: '1', chunk_bytes: String(PIECE_BYTES) };
const packed = (bytes, chunks, more = {}) => ({
  __metadata__: { ...metadata, chunks: JSON.stringify(chunks), ...more },
  weights: tensor(0, bytes),
});

for (const [bytes, pieces] of [
  [1, 2],
  [PIECE_BYTES - 1, 2],
  [PIECE_BYTES, 2],
  [PIECE_BYTES + 1, 3],
  [5 * PIECE_BYTES, 6],
]) {
  test(`${bytes} bytes of data make ${pieces} pieces, which cover the file without a gap`, () => {
    const first = header(packed(bytes, Array(pieces - 1).fill(hash)));
    const layout = parseLayout(first, 'file');
    assert.equal(layout.pieces, pieces);
    assert.equal(layout.totalBytes, first.length + bytes);
    assert.equal(layout.hashes.length, pieces - 1);
    let offset = 0;
    for (let index = 0; index < pieces; index++) {
      assert.equal(pieceOffset(layout, index), offset);
      assert.ok(pieceLength(layout, index) > 0);
      offset += pieceLength(layout, index);
    }
    assert.equal(offset, layout.totalBytes);
  });
}

test('an ordinary checkpoint has no hashes', () => {
  const layout = parseLayout(
    header({ __metadata__: { format: 'pt' }, a: tensor(0, 4), b: tensor(4, 12) }),
    'file',
  );
  assert.equal(layout.hashes, undefined);
  assert.equal(layout.dataBytes, 12);
});

test('a file without tensors is its header', () => {
  const layout = parseLayout(header({}), 'file');
  assert.equal(layout.pieces, 1);
});

const REFUSED = {
  'no bytes': new Uint8Array(0),
  'a length that is not the header’s': header({ a: tensor(0, 4) }, { length: 7n }),
  'a length beyond 64 bits of sense': header({ a: tensor(0, 4) }, { length: 2n ** 64n - 1n }),
  'no JSON': header('{"a":'),
  'an array': header('[]'),
  null: header('null'),
  'bytes that are no UTF-8': (() => {
    const bytes = header('{"a":"?"}');
    bytes[bytes.length - 3] = 0xff;
    return bytes;
  })(),
  'a tensor that is no object': header({ a: 3 }),
  'a tensor without offsets': header({ a: { dtype: 'F32', shape: [1] } }),
  'offsets that go back': header({ a: { data_offsets: [4, 0] } }),
  'offsets that are fractions': header({ a: { data_offsets: [0, 0.5] } }),
  'offsets below zero': header({ a: { data_offsets: [-4, 4] } }),
  'offsets beyond exact numbers': header('{"a":{"data_offsets":[0,1e300]}}'),
  'an end beyond exact numbers': header(`{"a":{"data_offsets":[0,${Number.MAX_SAFE_INTEGER}]}}`),
  'too few hashes': header(packed(PIECE_BYTES + 1, [hash])),
  'too many hashes': header(packed(PIECE_BYTES, [hash, hash])),
  'a hash that is none': header(packed(1, ['AB'.repeat(32)])),
  'hashes that are no JSON': header(packed(1, [], { chunks: 'none' })),
  'hashes that are missing': header(packed(1, [], { chunks: undefined })),
  'another size of pieces': header(packed(1, [hash], { chunk_bytes: '4096' })),
};

for (const [what, bytes] of Object.entries(REFUSED)) {
  test(`${what}: refused`, () => {
    assert.throws(
      () => parseLayout(bytes, 'the file'),
      (error) => {
        assert.equal(error.name, 'EdgeBertError');
        assert.equal(error.code, 'format');
        assert.match(error.message, /the file is not a safetensors file: ./);
        return true;
      },
    );
  });
}

test('a later version of the packed format is unsupported', () => {
  assert.throws(() => parseLayout(header(packed(1, [hash], { version: '5' })), 'the file'), {
    code: 'unsupported',
  });
});
