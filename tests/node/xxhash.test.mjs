// xxHash32, by which damage to cached models and index files is found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xxHash32 } from '../../dist/shared/xxhash.js';

/** As the reference implementation has them: https://github.com/Cyan4973/xxHash. */
const KNOWN = [
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
];

test('hashes are those of the reference, of every length and at every place in a buffer', () => {
  for (const [text, hash] of KNOWN) {
    const bytes = new TextEncoder().encode(text);
    for (let shift = 0; shift < 4; shift++) {
      const buffer = new Uint8Array(shift + bytes.length);
      buffer.set(bytes, shift);
      assert.equal(xxHash32(buffer.subarray(shift)), hash, `"${text}" from byte ${shift} on`);
    }
  }
});
