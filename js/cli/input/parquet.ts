import { Failure, reasonOf } from '../errors.js';
import { optionalPackage } from '../optional.js';
import { recordOf, type FieldNames, type InvalidInput, type TextRecord } from './record.js';

/** Row groups of more bytes, uncompressed, are read in parts; in memory, rows take several times as much. */
const MOST_BYTES = 1 << 26;

/**
 * The rows of a Parquet file; those of one row group are in memory at a time.
 *
 * @param progress is called with the share of the rows that were read, from 0 to 1
 */
export async function* readParquet(
  path: string,
  names: FieldNames,
  invalid: InvalidInput,
  progress: (share: number) => void,
): AsyncGenerator<TextRecord> {
  const hyparquet = await optionalPackage<typeof import('hyparquet')>('hyparquet', 'Parquet input');
  const codecs = await optionalPackage<typeof import('hyparquet-compressors')>(
    'hyparquet-compressors',
    'Parquet input',
  );
  try {
    const file = await hyparquet.asyncBufferFromFile(path);
    const metadata = await hyparquet.parquetMetadataAsync(file);
    const columns = hyparquet.parquetSchema(metadata).children.map(({ element }) => element.name);
    for (const [option, field] of [
      ...(names.vector === undefined ? [['--text-field', names.text] as const] : []),
      ['--vector-field', names.vector],
      ['--id-field', names.id],
    ] as const) {
      if (field === undefined || columns.includes(field)) continue;
      throw new Failure(
        `${path} has no column "${field}" (its columns: ${columns.join(', ')}); see ${option}`,
      );
    }
    const total = Number(metadata.num_rows);
    for (const { start, end } of readsOf(metadata.row_groups)) {
      const rows = await hyparquet.parquetReadObjects({
        file,
        metadata,
        compressors: codecs.compressors,
        rowStart: start,
        rowEnd: end,
      });
      for (const [i, row] of rows.entries()) {
        const record = recordOf(row, names, `row ${start + i + 1} of ${path}`, invalid);
        if (record) yield record;
      }
      progress(end / total);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path} could not be read as Parquet: ${reasonOf(error)}`);
  }
}

/**
 * Which rows are read at a time: whole row groups, since each read decodes the group that its rows are in;
 * of large groups, parts.
 */
function* readsOf(groups: readonly RowGroup[]): Generator<{ start: number; end: number }> {
  let first = 0;
  for (const { num_rows, total_byte_size } of groups) {
    const rows = Number(num_rows);
    const parts = Math.max(1, Math.ceil(Number(total_byte_size) / MOST_BYTES));
    const step = Math.ceil(rows / parts);
    for (let at = 0; at < rows; at += step) {
      yield { start: first + at, end: first + Math.min(at + step, rows) };
    }
    first += rows;
  }
}

interface RowGroup {
  readonly num_rows: bigint;
  readonly total_byte_size: bigint;
}
