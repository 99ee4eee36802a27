// SHA-256 of bytes that come in pieces, against Node's own.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { Sha256, sha256 } = await source('shared/sha256.ts');
const expected = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('every length around the block and padding limits, whole and cut anywhere', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = new Uint8Array(randomBytes(length));
    assert.equal(new Sha256().update(bytes).hex(), expected(bytes), `${length} bytes`);
    for (const cut of [0, 1, length >> 1, Math.max(0, length - 1)]) {
      const pieces = new Sha256().update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
      assert.equal(pieces.hex(), expected(bytes), `${length} bytes cut at ${cut}`);
    }
  }
});

test('many uneven pieces of a large input', () => {
  const bytes = new Uint8Array(randomBytes(3_000_001));
  const hash = new Sha256();
  for (let start = 0, step = 1; start < bytes.length; start += step, step = (step * 7 + 3) % 70_001) {
    hash.update(bytes.subarray(start, start + step));
  }
  assert.equal(hash.hex(), expected(bytes));
});

test('without SubtleCrypto, as on pages over plain http, the hash is the same', async () => {
  const bytes = new Uint8Array(randomBytes(1000));
  assert.equal(await sha256(bytes), expected(bytes));
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
  try {
    assert.equal(await sha256(bytes), expected(bytes));
  } finally {
    Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
  }
});
