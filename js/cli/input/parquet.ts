import type * as Hyparquet from 'hyparquet';
import type { AsyncBuffer, ColumnChunk, RowGroup } from 'hyparquet';
import { Failure, reasonOf } from '../errors.js';
import { optionalPackage } from '../optional.js';
import { recordOf, type FieldNames, type InvalidInput, type TextRecord } from './record.js';

/**
 * Row groups of more bytes, uncompressed, are read in parts; in memory, rows take several times as much. With
 * an index of its pages, a group is read page by page; without one, each part decodes all of it.
 */
const MOST_BYTES = { paged: 1 << 20, whole: 1 << 26 };

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
  const hyparquet = await optionalPackage<typeof Hyparquet>('hyparquet', 'Parquet input');
  const codecs = await optionalPackage<typeof import('hyparquet-compressors')>(
    'hyparquet-compressors',
    'Parquet input',
  );
  try {
    const file = await hyparquet.asyncBufferFromFile(path);
    await checkMagic(file, path);
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
    for await (const { start, end } of readsOf(hyparquet, file, metadata.row_groups)) {
      const rows = await hyparquet.parquetReadObjects({
        file,
        metadata,
        compressors: codecs.compressors,
        useOffsetIndex: true,
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

/** A file that is cut off lacks the end, with the places of everything else. */
async function checkMagic(file: AsyncBuffer, path: string): Promise<void> {
  const { byteLength: length } = file;
  const magic = async (start: number) => Buffer.from(await file.slice(start, start + 4)).toString('latin1');
  if (length >= 12 && (await magic(0)) === 'PAR1' && (await magic(length - 4)) === 'PAR1') return;
  const found = `${length} bytes that do not begin and end with PAR1`;
  throw new Failure(`${path} could not be read as Parquet: it is cut off, or another format (${found})`);
}

interface Rows {
  readonly start: number;
  readonly end: number;
}

/** Which rows are read at a time: whole row groups; of large groups, some pages or parts. */
async function* readsOf(
  hyparquet: typeof Hyparquet,
  file: AsyncBuffer,
  groups: readonly RowGroup[],
): AsyncGenerator<Rows> {
  let first = 0;
  for (const group of groups) {
    const end = first + Number(group.num_rows);
    const bytes = Number(group.total_byte_size);
    if (bytes <= MOST_BYTES.paged) yield { start: first, end };
    else if (group.columns.every(({ offset_index_offset }) => offset_index_offset !== undefined)) {
      const pages = await pagesOf(hyparquet, file, group);
      for (const { start, end } of pages) yield { start: first + start, end: first + end };
    } else {
      const step = Math.ceil((end - first) / Math.ceil(bytes / MOST_BYTES.whole));
      for (let start = first; start < end; start += step) yield { start, end: Math.min(start + step, end) };
    }
    first = end;
  }
}

/** The rows of a group, divided where pages of its largest column begin. */
async function pagesOf(
  { readOffsetIndex }: typeof Hyparquet,
  file: AsyncBuffer,
  { columns, num_rows }: RowGroup,
): Promise<Rows[]> {
  const sizeOf = ({ meta_data }: ColumnChunk) => Number(meta_data?.total_compressed_size ?? 0);
  const largest = columns.reduce((one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
  const at = Number(largest.offset_index_offset);
  const index = await file.slice(at, at + largest.offset_index_length!);
  const { page_locations: pages } = readOffsetIndex({ view: new DataView(index), offset: 0 });
  const rows: Rows[] = [];
  let start = 0;
  let bytes = 0;
  for (const { compressed_page_size, first_row_index } of pages) {
    const row = Number(first_row_index);
    if (bytes + compressed_page_size > MOST_BYTES.paged && row > start) {
      rows.push({ start, end: row });
      [start, bytes] = [row, 0];
    }
    bytes += compressed_page_size;
  }
  return [...rows, { start, end: Number(num_rows) }];
}
