import { Failure, reasonOf } from '../errors.js';
import { optionalPackage } from '../optional.js';
import { recordOf, type FieldNames, type InvalidInput, type TextRecord } from './record.js';

/** Rows that are read at a time. */
const ROWS = 2048;

/**
 * The rows of a Parquet file, a few thousand in memory at a time.
 *
 * @param progress is told the share of the rows that were read, from 0 to 1
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
    for (let start = 0; start < total; start += ROWS) {
      const rowEnd = Math.min(start + ROWS, total);
      const rows = await hyparquet.parquetReadObjects({
        file,
        metadata,
        compressors: codecs.compressors,
        rowStart: start,
        rowEnd,
      });
      for (const [i, row] of rows.entries()) {
        const record = recordOf(row, names, `row ${start + i + 1} of ${path}`, invalid);
        if (record) yield record;
      }
      progress(rowEnd / total);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path} could not be read as Parquet: ${reasonOf(error)}`);
  }
}
