import { isUtf8 } from 'node:buffer';
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
  // Fields come as bytes, since the parser would put U+FFFD for what is not UTF-8 without a word.
  const parser = parse({
    delimiter,
    encoding: null,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let columns: readonly string[] | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
      const place = `line ${info.lines} of ${name}`;
      if (!columns) {
        columns = columnsOf(record, name);
        continue;
      }
      const found = rowOf(record, columns, names, place, invalid);
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
  readonly record: readonly Uint8Array[];
  readonly info: { readonly lines: number };
}

function columnsOf(record: readonly Uint8Array[], name: string): string[] {
  if (!record.every(isUtf8)) throw new Failure(`line 1 of ${name} is not UTF-8`);
  const columns = record.map(textOf);
  const twice = columns.find((column, i) => columns.indexOf(column) < i);
  if (twice === undefined) return columns;
  throw new Failure(`${name} has two columns "${twice}": give each a name of its own`);
}

function rowOf(
  record: readonly Uint8Array[],
  columns: readonly string[],
  names: FieldNames,
  place: string,
  invalid: InvalidInput,
): TextRecord | undefined {
  const make = () =>
    recordOf(
      Object.fromEntries(columns.map((column, i) => [column, textOf(record[i] ?? new Uint8Array())])),
      names,
      place,
      invalid,
    );
  if (record.length !== columns.length) {
    const counts = `${record.length}, and the first row ${columns.length}`;
    return invalid.handle(`${place} has another number of fields (${counts})`, make);
  }
  return record.every(isUtf8) ? make() : invalid.handle(`${place} is not UTF-8`, make);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
