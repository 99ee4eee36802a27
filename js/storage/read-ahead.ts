import type { Bytes } from '../shared/types.js';
import type { PieceStream } from './model-store.js';

/** Pieces that are read ahead of the one that is used. */
const AHEAD = 6;

/** The pieces that `read` gives, of which several are read at a time. */
export async function* readAhead(
  count: number,
  read: (index: number) => Promise<Bytes | undefined>,
): PieceStream {
  const reading: Promise<Bytes | undefined>[] = [];
  let next = 0;
  for (let index = 0; index < count; index++) {
    for (; next < Math.min(count, index + AHEAD); next++) reading.push(read(next).catch(() => undefined));
    yield await reading.shift();
  }
}
