import { Failure } from '../errors.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

const BYTE_ORDER_MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

const LONGEST_MARK = 3;

/**
 * The bytes of a text without its byte order mark. What such a mark calls UTF-16, as Windows' programs write
 * it, comes out as UTF-8.
 *
 * @param name of the input, for errors
 * @throws Failure for bytes that are not the UTF-16 that they claim to be.
 */
export async function* asUtf8(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  let decoder: TextDecoder | undefined;
  const utf8 = (bytes: Uint8Array, stream: boolean): Uint8Array => {
    if (!decoder) return bytes;
    try {
      return Buffer.from(decoder.decode(bytes, { stream }));
    } catch {
      throw new Failure(`${name} is not the UTF-16 that its byte order mark says`);
    }
  };
  const begin = (bytes: Uint8Array): Uint8Array => {
    const found = BYTE_ORDER_MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
    if (!found) return bytes;
    const [encoding, mark] = found;
    if (encoding !== 'utf-8') decoder = new TextDecoder(encoding, { fatal: true });
    return bytes.subarray(mark.length);
  };
  for await (const chunk of chunks) {
    if (!start) {
      yield utf8(chunk, true);
      continue;
    }
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    if (start.length < LONGEST_MARK) continue;
    const rest = utf8(begin(start), true);
    start = undefined;
    if (rest.length > 0) yield rest;
  }
  const last = utf8(start ? begin(start) : new Uint8Array(0), false);
  if (last.length > 0) yield last;
}
