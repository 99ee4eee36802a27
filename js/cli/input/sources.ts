import { createReadStream, fstatSync, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { Failure, reasonOf, UsageError } from '../errors.js';

export const INPUT_FORMATS = ['lines', 'jsonl', 'csv', 'tsv', 'parquet'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** One input, which can be opened any number of times unless it is the standard input. */
export interface Source {
  /** For messages. */
  readonly name: string;
  /** Undefined for the standard input. */
  readonly path: string | undefined;
  readonly format: InputFormat;
  /** Whether neither an option nor an extension says the format. */
  readonly assumed: boolean;
  /** Bytes as stored, where they are known. */
  readonly size: number | undefined;
  /** Modification time in milliseconds; with the size it tells whether a file is still the same one. */
  readonly modified: number | undefined;
  /** Bytes after decompression; `count` is called with the number of stored bytes read. */
  open(count: (bytes: number) => void): AsyncIterable<Uint8Array>;
}

const FORMAT_OF: Readonly<Record<string, InputFormat>> = {
  '.txt': 'lines',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.parquet': 'parquet',
};
/** What would be read as lines of text, and is something else: what to do with it. */
const NO_LINES: Readonly<Record<string, string>> = {
  '.json': 'write one JSON object a line (jq -c .[]), or name the format with --input-format',
  ...Object.fromEntries(
    ['.bz2', '.xz', '.lz4', '.br', '.zip', '.7z'].map((name) => [name, 'decompress it, or use .gz or .zst']),
  ),
  ...Object.fromEntries(
    ['.arrow', '.feather', '.avro', '.orc', '.npy', '.xlsx', '.xls'].map((name) => [
      name,
      'convert it to .jsonl, .csv or .parquet',
    ]),
  ),
};
type Compression = '.gz' | '.zst';
const CHUNK = 1 << 18;

/**
 * The inputs that `--input` names: files, folders (every file in them with a known extension, by
 * name), and `-` for the standard input, which is also what no name means.
 *
 * @param format of all of them; undefined: by each file's extension, else lines
 */
export async function findSources(
  paths: readonly string[] | undefined,
  format: InputFormat | undefined,
): Promise<Source[]> {
  if (paths === undefined && process.stdin.isTTY) {
    throw new UsageError('--input names a file of texts; `--input -` reads them from the terminal');
  }
  const sources: Source[] = [];
  for (const path of paths ?? ['-']) {
    if (path === '-') sources.push(standardInput(format));
    else sources.push(...(await sourcesAt(path, format)));
  }
  return sources;
}

function standardInput(format: InputFormat | undefined): Source {
  if (format === 'parquet') throw new UsageError('Parquet is read from a file, not from the standard input');
  if (isFolder(0)) throw new Failure('the standard input could not be read: it is a folder');
  return {
    name: 'the standard input',
    path: undefined,
    format: format ?? 'lines',
    assumed: format === undefined,
    size: undefined,
    modified: undefined,
    open: () => process.stdin,
  };
}

function isFolder(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch (error) {
    throw new Failure(`the standard input could not be read: ${reasonOf(error)}`);
  }
}

async function sourcesAt(path: string, format: InputFormat | undefined): Promise<Source[]> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) {
      // A file that may not be read is better refused now than in the middle of a job.
      await (await open(path)).close();
      return [fileSource(path, format, stats.isFile() ? stats : undefined)];
    }
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile() && formatOf(entry.name)).map(pathOf);
    if (files.length === 0) {
      const extensions = Object.keys(FORMAT_OF).join(', ');
      throw new Failure(`${path} holds no files that can be read (${extensions}, or those with .gz or .zst)`);
    }
    const found = await Promise.all(files.sort().map(async (file) => ({ file, stats: await stat(file) })));
    return found.map(({ file, stats }) => fileSource(file, format, stats));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path} could not be read: ${reasonOf(error)}`);
  }
}

function pathOf({ parentPath, name }: Dirent): string {
  return join(parentPath, name);
}

function fileSource(
  path: string,
  format: InputFormat | undefined,
  stats: { size: number; mtimeMs: number } | undefined,
): Source {
  const known = format ?? formatOf(path);
  const chosen = known ?? 'lines';
  const compression = compressionOf(path);
  const extension = extensionOf(path, compression);
  if (known === undefined && Object.hasOwn(NO_LINES, extension)) {
    throw new UsageError(`${path}: ${extension} cannot be read; ${NO_LINES[extension]}`);
  }
  if (compression && chosen === 'parquet') {
    throw new UsageError(`${path}: Parquet is compressed by itself; decompress the file`);
  }
  return {
    name: path,
    path,
    format: chosen,
    assumed: known === undefined,
    size: stats?.size,
    modified: stats?.mtimeMs,
    open: (count) => decompressed(path, compression, count),
  };
}

function formatOf(path: string): InputFormat | undefined {
  return FORMAT_OF[extensionOf(path, compressionOf(path))];
}

/** In lower case, and without that of the compression. */
function extensionOf(path: string, compression: Compression | undefined): string {
  return extname(compression ? path.slice(0, -compression.length) : path).toLowerCase();
}

function compressionOf(path: string): Compression | undefined {
  const extension = extname(path).toLowerCase();
  return extension === '.gz' || extension === '.zst' ? extension : undefined;
}

async function* decompressed(
  path: string,
  compression: Compression | undefined,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      count(chunk.length);
      done(null, chunk);
    },
  });
  const stages: Readable[] = [file, counter];
  let last: Readable = file.pipe(counter);
  if (compression) stages.push((last = last.pipe(decompressor(path, compression))));
  for (const stage of stages.slice(0, -1)) stage.on('error', (error) => last.destroy(error));
  try {
    yield* last as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new Failure(`${path} could not be read: ${reasonOf(error)}`);
  } finally {
    for (const stage of stages) stage.destroy();
  }
}

function decompressor(path: string, compression: Compression): Transform {
  if (compression === '.gz') return zlib.createGunzip();
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };
  if (createZstdDecompress) return createZstdDecompress();
  throw new Failure(`${path}: .zst needs Node.js 22.15 or later (this is ${process.versions.node})`);
}
