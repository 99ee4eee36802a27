import { abortable, throwIfAborted } from '../shared/abort.js';
import { notify } from '../shared/notify.js';
import { sha256 } from '../shared/sha256.js';
import { decodedFingerprint, originalFingerprint, packedContent } from './fingerprint.js';
import { EdgeBertError } from '../shared/errors.js';
import { describe } from '../shared/describe.js';
import { checkAnswer } from './http.js';
import { JoinedFile, type SequentialFile, type WeightsPart } from './joined-file.js';
import { assumptionsOf, readSideFiles, textOf } from './side-files.js';
import { parseLayout, pieceLength, pieceOffset, readHeader, type Layout } from './safetensors.js';
import { Progress } from './progress.js';
import { fetchPiece } from './read-pieces.js';
import type { ModelSink } from './types.js';
import type { ByteSource, LoadedModel, LoadOptions, ModelFiles } from './types.js';
import type { Bytes, NamedText } from '../shared/types.js';

/** Loads a model into `sink` from files that the program has. They are not cached. */
export async function loadFiles(
  files: ModelFiles,
  options: LoadOptions,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  const progress = new Progress((event) => notify(options.onProgress, event));
  return abortable(load(files, options, progress, sink, signal), signal);
}

async function load(
  { weights, config, tokenizer, others }: ModelFiles,
  { precision, onWarning }: LoadOptions,
  progress: Progress,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  const texts = { 'config.json': config, 'tokenizer.json': tokenizer, ...others };
  const named: NamedText[] = [];
  const parts: WeightsPart[] = [];
  for (const [at, shard] of (Array.isArray(weights) ? weights : [weights]).entries()) {
    const name = Array.isArray(weights) ? `weights[${at}]` : 'weights';
    parts.push({ prefix: '', file: new GivenFile(name, await reader(name, shard)) });
  }
  for (const [name, source] of Object.entries(texts)) {
    if (source === undefined) continue;
    if (!name.endsWith('.safetensors')) named.push([name, await toText(name, source)]);
    else if (typeof source === 'string') throw new TypeError(`\`${name}\` must be bytes (received a string)`);
    else parts.push({ prefix: folderOf(name), file: new GivenFile(name, await reader(name, source)) });
  }
  // A file in the encoder's folder is known by its plain name as well.
  const found = await readSideFiles(async (name) => textOf(named, name));
  const file = parts.length === 1 ? parts[0]!.file : new JoinedFile(parts);
  const header = await readHeader(file);
  const layout = parseLayout(header, file.url);
  if (!layout.hashes) {
    for (const note of assumptionsOf(found))
      notify(onWarning, new EdgeBertError('format', `The files: ${note}`));
  }
  progress.expect(layout.totalBytes);
  await sink.begin(layout.hashes ? [] : [...named, ...found]);
  const hashes: string[] = [];
  for (let index = 0; index < layout.pieces; index++) {
    throwIfAborted(signal);
    const piece = index === 0 ? header : await readPiece(file, layout, index);
    if (index === 0 || precision === 'f32') hashes.push(await sha256(piece));
    await sink.push(piece);
    progress.reach(pieceOffset(layout, index) + pieceLength(layout, index), 'load', false);
  }
  await file.expectEnd();
  await sink.finish();
  const fingerprint = layout.decoded
    ? await decodedFingerprint(layout.decoded, file.url, sink, signal)
    : await filesFingerprint(layout, precision, hashes, found, sink, signal);
  progress.end(false);
  return { fingerprint };
}

async function filesFingerprint(
  { hashes }: Layout,
  precision: LoadOptions['precision'],
  read: readonly string[],
  files: readonly NamedText[],
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (hashes) return read[0]!;
  if (precision === 'f32') return originalFingerprint(read, files);
  return (await packedContent(sink, signal)).hashes[0];
}

/** A piece without a hash to compare with need not be hashed. */
async function readPiece(file: SequentialFile, layout: Layout, index: number): Promise<Bytes> {
  return layout.hashes
    ? (await fetchPiece(file, layout, index)).piece
    : file.read(pieceLength(layout, index));
}

/** The folder of a path, with a slash at its end. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Bytes of which parts can be read, each into a new buffer. */
interface Reader {
  readonly size: number;
  readonly slice: (start: number, end: number) => Bytes | Promise<Bytes>;
}

/** A file that the program has. */
class GivenFile implements SequentialFile {
  readonly url: string;
  readonly received = 0;
  readonly #reader: Reader;
  #offset = 0;

  /** `name` is for errors. */
  constructor(name: string, reader: Reader) {
    this.url = name;
    this.#reader = reader;
  }

  async read(length: number): Promise<Bytes> {
    const start = this.#offset;
    const { size, slice } = this.#reader;
    if (start + length > size) {
      throw new EdgeBertError(
        'format',
        `${this.url} is too short: ${start + length} bytes expected, ${size} found`,
      );
    }
    this.#offset += length;
    return slice(start, this.#offset);
  }

  async expectEnd(): Promise<void> {
    const { size } = this.#reader;
    if (size > this.#offset) {
      throw new EdgeBertError(
        'format',
        `${this.url} is longer than the ${this.#offset} bytes that its header lists`,
      );
    }
  }

  seek(offset: number): void {
    this.#offset = offset;
  }

  reread(offset: number): void {
    this.seek(offset);
  }

  close(): void {}
}

async function reader(name: string, source: ByteSource): Promise<Reader> {
  if (source instanceof ArrayBuffer) return reader(name, new Uint8Array(source));
  if (source instanceof Uint8Array) {
    return { size: source.length, slice: (start, end) => new Uint8Array(source.subarray(start, end)) };
  }
  const blob = source instanceof Response ? await bodyOf(name, source) : source;
  if (!(blob instanceof Blob)) {
    throw new TypeError(`\`${name}\` must be bytes, a Blob or a Response (received ${describe(source)})`);
  }
  return {
    size: blob.size,
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

async function toText(name: string, source: string | ByteSource): Promise<string> {
  if (typeof source === 'string') return source;
  const { size, slice } = await reader(name, source);
  return new TextDecoder().decode(await slice(0, size));
}

async function bodyOf(name: string, response: Response): Promise<Blob> {
  // A Response that a program has made has no address.
  checkAnswer(response.url || name, response);
  return response.blob();
}

/** The same files with bodies that can be read again: the worker that replaces a crashed one needs them. */
export async function rereadable(files: ModelFiles): Promise<ModelFiles> {
  const { weights, config, tokenizer, others } = files;
  const named = await Promise.all(
    Object.entries(others ?? {}).map(async ([name, source]) => [name, await reread(source, name)] as const),
  );
  return {
    weights: isList(weights)
      ? await Promise.all(weights.map((shard) => reread(shard, 'weights')))
      : await reread(weights, 'weights'),
    ...(config !== undefined && { config: await reread(config, 'config') }),
    ...(tokenizer !== undefined && { tokenizer: await reread(tokenizer, 'tokenizer') }),
    others: Object.fromEntries(named),
  };
}

function isList(weights: ModelFiles['weights']): weights is readonly ByteSource[] {
  return Array.isArray(weights);
}

async function reread<Source extends string | ByteSource>(
  source: Source,
  name: string,
): Promise<Source | Blob> {
  if (!(source instanceof Response)) return source;
  // A Response that a program has made has no address.
  checkAnswer(source.url || name, source);
  return source.blob();
}
