import { Failure } from './errors.js';

/** A line without its end, and how many bytes of the input have been read with it. */
export interface Line {
  readonly text: string;
  readonly end: number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** A line that is longer is no text that anybody meant; it would only fill the memory. */
const LONGEST_LINE = 64 << 20;

/**
 * Cuts UTF-8 at line feeds, with a carriage return before them or not. What follows the last line
 * feed is a line only if there is something.
 *
 * @param name of the input, for errors
 * @throws Failure for what is not UTF-8, with the number of the line.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The beginning of a line that goes on in the next chunk. */
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  let number = 0;
  let end = 0;

  const decode = (last: Uint8Array): string => {
    let bytes = last;
    if (begun.length > 0) bytes = Buffer.concat([...begun, last]);
    begun = [];
    begunBytes = 0;
    if (++number === 1 && BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)) bytes = bytes.subarray(3);
    if (bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1);
    try {
      return decoder.decode(bytes);
    } catch {
      throw new Failure(`line ${number} of ${name} is not UTF-8`);
    }
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const at = chunk.indexOf(NEWLINE, start);
      if (at < 0) break;
      end += at + 1 - start + begunBytes;
      yield { text: decode(chunk.subarray(start, at)), end };
      start = at + 1;
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > LONGEST_LINE) {
      throw new Failure(`line ${number + 1} of ${name} is longer than ${LONGEST_LINE >> 20} MiB`);
    }
  }
  if (begunBytes > 0) yield { end: end + begunBytes, text: decode(new Uint8Array(0)) };
}
