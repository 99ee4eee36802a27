import { headerBytes, packed, type Fault } from './host';

/** What goes wrong on the way and is mended, with the number of requests that the load takes. */
export const MENDED: [string, Fault[], number][] = [
  ['503 twice', [{ status: 503 }, { status: 503 }], 3],
  ['429 with Retry-After', [{ status: 429, headers: { 'retry-after': '1' } }], 2],
  ['a server without ranges', [{ cutAt: 9_000_000 }, { ignoresRanges: true }], 2],
  ['no length', [{ length: 'none' }], 1],
  ['a length that is too small', [{ length: 9_000_000 }], 2],
  ['a length that is too large', [{ length: packed.length + 1000 }], 1],
  ['gzip', [{ gzip: true }], 1],
  ['a flipped bit in the header', [{ flipAt: 100 }], 2],
  ['a flipped bit in the data', [{ flipAt: 9_000_000 }], 2],
  ['a cut in the first bytes', [{ cutAt: 5 }], 2],
  ['a cut in the header', [{ cutAt: headerBytes - 1 }], 2],
];
