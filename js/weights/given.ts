import { abortable, throwIfAborted } from '../abort.js';
import { describe } from '../texts.js';
import type { ByteSource, Bytes, LoadOptions, ModelFiles } from '../types.js';
import { checkAnswer } from './http.js';
import { PIECE_BYTES } from './packed.js';
import { Progress } from './progress.js';
import type { ModelSink, NamedText } from './sink.js';

/** Whether `source` is a model's files rather than an address. */
export function isModelFiles(source: unknown): source is ModelFiles {
  return typeof source === 'object' && source !== null && 'weights' in source;
}

/** Brings a model's bytes into `sink` from files that the program has. They are not cached. */
export async function loadGiven(
  files: ModelFiles,
  onProgress: LoadOptions['onProgress'],
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  const progress = new Progress((event) => onProgress?.(event));
  await abortable(load(files, progress, sink, signal), signal);
}

async function load(
  { weights, config, tokenizer, others }: ModelFiles,
  progress: Progress,
  sink: ModelSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  const texts = { 'config.json': config, 'tokenizer.json': tokenizer, ...others };
  const named: NamedText[] = [];
  for (const [name, source] of Object.entries(texts)) {
    if (source !== undefined) named.push([name, await toText(name, source)]);
  }
  const { size, slice } = await reader('weights', weights);
  progress.expect(size);
  await sink.begin(named);
  for (let start = 0; start < size; start += PIECE_BYTES) {
    throwIfAborted(signal);
    const end = Math.min(start + PIECE_BYTES, size);
    await sink.push(await slice(start, end));
    progress.reach(end, 'load', false);
  }
  await sink.finish();
  progress.end(false);
}

/** Bytes of which parts can be had, each in a buffer of its own. */
interface Reader {
  readonly size: number;
  readonly slice: (start: number, end: number) => Bytes | Promise<Bytes>;
}

async function reader(name: string, source: ByteSource): Promise<Reader> {
  if (source instanceof ArrayBuffer) return reader(name, new Uint8Array(source));
  if (source instanceof Uint8Array) {
    return { size: source.length, slice: (start, end) => new Uint8Array(source.subarray(start, end)) };
  }
  const blob = source instanceof Response ? await bodyOf(source) : source;
  if (!(blob instanceof Blob)) {
    throw new TypeError(`\`${name}\` is bytes, a Blob or a Response, not ${describe(source)}`);
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

async function bodyOf(response: Response): Promise<Blob> {
  checkAnswer(response.url, response);
  return response.blob();
}
