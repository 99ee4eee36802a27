import { Failure } from '../errors.js';
import type { InvalidInput } from './record.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** A longer line is not a text that anybody meant to embed; reading on would only fill the memory. */
const LONGEST_LINE = 64 << 20;

/** A line without its line ending. */
export interface Line {
  readonly text: string;
  /** Counts from 1. */
  readonly number: number;
}

/**
 * Splits UTF-8 at line feeds, each with an optional carriage return before it. An empty rest after
 * the last line feed is not a line.
 *
 * @param name of the input, for errors
 * @throws Failure for bytes that are not UTF-8, unless `invalid` skips or replaces them.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  invalid: InvalidInput,
): AsyncGenerator<Line> {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
  /** The beginning of a line that continues in the next chunk. */
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  let number = 0;

  const decode = (last: Uint8Array): string | undefined => {
    let bytes = begun.length > 0 ? Buffer.concat([...begun, last]) : last;
    begun = [];
    begunBytes = 0;
    number++;
    if (bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    try {
      return strict.decode(bytes);
    } catch {
      return invalid.handle(`line ${number} of ${name} is not UTF-8`, () => lenient.decode(bytes));
    }
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const at = chunk.indexOf(LINE_FEED, start);
      if (at < 0) break;
      const text = decode(chunk.subarray(start, at));
      if (text !== undefined) yield { text, number };
      start = at + 1;
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > LONGEST_LINE) {
      throw new Failure(`line ${number + 1} of ${name} is longer than ${LONGEST_LINE >> 20} MiB`);
    }
  }
  if (begunBytes > 0) {
    const text = decode(new Uint8Array(0));
    if (text !== undefined) yield { text, number };
  }
}
