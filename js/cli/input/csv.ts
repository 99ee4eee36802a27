import { Readable } from 'node:stream';
import { Failure } from '../errors.js';
import { optionalPackage } from '../optional.js';
import { recordOf, type FieldNames, type InvalidInput, type TextRecord } from './record.js';

/** Comma- or tab-separated values (RFC 4180) whose first row names the fields. */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  delimiter: ',' | '\t',
  names: FieldNames,
  invalid: InvalidInput,
): AsyncGenerator<TextRecord> {
  const { parse } = await optionalPackage<typeof import('csv-parse')>('csv-parse', 'CSV input');
  const source = Readable.from(chunks, { objectMode: false });
  const parser = parse({ columns: true, bom: true, delimiter, info: true, skip_empty_lines: true });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
      const found = recordOf(record, names, `line ${info.lines} of ${name}`, invalid);
      if (found) yield found;
    }
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error && 'code' in error)) throw error;
    throw new Failure(`${name} is not valid CSV: ${error.message}`);
  } finally {
    source.destroy();
  }
}

interface CsvRow {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}
