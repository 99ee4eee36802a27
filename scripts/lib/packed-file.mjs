// What identifies a packed file: its size, and the SHA-256 of its header, which lists the hashes of the rest.
import { sha256 } from './files.mjs';

export function headerHash(file) {
  return file.length < 8 ? sha256(file) : sha256(file.subarray(0, headerBytes(file)));
}

/** Whether `file`, every byte of it, is the one that the registry expects. */
export function matches(file, pins) {
  if (!pins || file.length !== pins.bytes || headerHash(file) !== pins.headerSha256) return false;
  const start = headerBytes(file);
  const { __metadata__: metadata } = JSON.parse(file.subarray(8, start).toString());
  const size = Number(metadata.chunk_bytes);
  return JSON.parse(metadata.chunks).every((hash, index) => {
    const piece = file.subarray(start + index * size, start + (index + 1) * size);
    return sha256(piece) === hash;
  });
}

function headerBytes(file) {
  return 8 + Number(file.readBigUInt64LE(0));
}
