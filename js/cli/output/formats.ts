import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Failure, reasonOf, UsageError } from '../errors.js';
import { ArrowWriter } from './arrow.js';
import { JsonLinesWriter } from './json-lines.js';
import { ParquetWriter } from './parquet.js';
import type { Output } from './target.js';
import { Float32Writer, Int8Writer, NPY_HEADER, NpyWriter } from './vectors.js';
import type { OutputSchema, VectorWriter } from './writer.js';

export const OUTPUT_FORMATS = ['npy', 'jsonl', 'f32', 'int8', 'arrow', 'parquet'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const FORMAT_OF: Readonly<Record<string, OutputFormat>> = {
  '.npy': 'npy',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.f32': 'f32',
  '.i8': 'int8',
  '.arrow': 'arrow',
  '.feather': 'arrow',
  '.parquet': 'parquet',
};

/** The format that `--format` names, else the one of the file's extension; JSON lines on a pipe. */
export function outputFormat(path: string | undefined, named: OutputFormat | undefined): OutputFormat {
  if (named) return named;
  if (path === undefined || path === '-') return 'jsonl';
  const format = FORMAT_OF[extname(path).toLowerCase()];
  if (format) return format;
  const extensions = Object.keys(FORMAT_OF).join(', ');
  throw new UsageError(
    `--output must end in ${extensions} (received ${path}), or --format must name the format`,
  );
}

/** Formats that hold vectors alone: no ids, texts or other fields. */
export function isBare(format: OutputFormat): boolean {
  return format === 'npy' || format === 'f32' || format === 'int8';
}

/** Formats that need a file, since their ends point back to their beginnings. */
export function needsFile(format: OutputFormat): boolean {
  return format === 'npy' || format === 'parquet';
}

/** Formats whose partial file can be continued row by row. */
export function isResumable(format: OutputFormat): boolean {
  return format !== 'arrow' && format !== 'parquet';
}

/** @param rows that an output which is continued has already */
export async function openWriter(
  format: OutputFormat,
  output: Output,
  schema: OutputSchema,
  rows: number,
): Promise<VectorWriter> {
  switch (format) {
    case 'npy':
      return new NpyWriter(output, schema.dimension, rows);
    case 'jsonl':
      return new JsonLinesWriter(output, schema);
    case 'f32':
      return new Float32Writer(output);
    case 'int8':
      return new Int8Writer(output);
    case 'arrow':
      return ArrowWriter.open(output, schema);
    case 'parquet':
      return ParquetWriter.open(output, schema);
  }
}

/** Rows of a file, and the bytes that they take up from its beginning. */
export interface Extent {
  readonly rows: number;
  readonly bytes: number;
  /** Whether nothing follows the last whole row. */
  readonly whole: boolean;
}

/** The whole rows of a file in a resumable format; undefined if there is no such file. */
export async function extentOf(
  path: string,
  format: OutputFormat,
  dimension: number,
): Promise<Extent | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  try {
    if (format === 'jsonl') return await countLines(path, stats.size);
    const header = format === 'npy' ? NPY_HEADER : 0;
    const width = format === 'int8' ? dimension : 4 * dimension;
    const rows = Math.max(0, Math.floor((stats.size - header) / width));
    const bytes = rows === 0 ? 0 : header + rows * width;
    return { rows, bytes, whole: bytes === stats.size || stats.size === header };
  } catch (error) {
    throw new Failure(`${path} could not be read: ${reasonOf(error)}`);
  }
}

async function countLines(path: string, size: number): Promise<Extent> {
  let rows = 0;
  let bytes = 0;
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      rows++;
      bytes = read + at + 1;
    }
    read += chunk.length;
  }
  return { rows, bytes, whole: bytes === size };
}

/**
 * Checks that vectors of so many numbers can be appended to a file.
 *
 * @throws Failure if the file holds something else.
 */
export async function checkAppendable(path: string, format: OutputFormat, dimension: number): Promise<void> {
  if (format === 'f32' || format === 'int8') return;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 16), 0, 1 << 16, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    if (bytesRead === 0) return;
    const found = format === 'npy' ? npyDimension(start) : jsonDimension(start);
    if (found === undefined)
      throw new Failure(`${path} was not written by edgebert embed: nothing can be appended`);
    if (found !== dimension) {
      throw new Failure(`${path} holds vectors of ${found} numbers, and the model's have ${dimension}`);
    }
  } finally {
    await file.close();
  }
}

function npyDimension(start: string): number | undefined {
  const described =
    /^\x93NUMPY\x01\x00\x76\x00\{'descr': '<f4', 'fortran_order': False, 'shape': \(\d+, (\d+)\)/.exec(start);
  return described ? Number(described[1]) : undefined;
}

function jsonDimension(start: string): number | undefined {
  const [line = ''] = start.split('\n');
  const vector = /:\[(-?[\d.e+-]+(?:,-?[\d.e+-]+)*)\]\}$/.exec(line);
  return vector?.[1]?.split(',').length;
}
