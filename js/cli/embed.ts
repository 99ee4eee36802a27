import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { WorkerModel } from '../index.js';
import { Failure, reasonOf, UsageError } from './errors.js';
import { JsonLinesWriter, NpyWriter, type VectorWriter } from './formats.js';
import { readLines, type Line } from './lines.js';
import { encodeValues, loadModel } from './model.js';
import { choice, count, MODEL_OPTIONS, parse } from './options.js';
import { openOutput, type Output } from './output.js';
import { duration, number, Progress } from './progress.js';
import { EMBED_USAGE } from './usage.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  input: { type: 'string', short: 'i' },
  output: { type: 'string', short: 'o' },
  format: { type: 'string' },
  'no-text': { type: 'boolean' },
  'no-normalize': { type: 'boolean' },
  workers: { type: 'string' },
} as const;
/** Each thread has a copy of the model. */
const MOST_WORKERS = 4;

/** `edgebert embed`. */
export async function embed(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(EMBED_USAGE);
  if (positionals.length > 0) throw new UsageError(`embed reads texts with --input, not '${positionals[0]}'`);
  const format = formatOf(values.output, choice('format', values.format, ['npy', 'jsonl']));
  const workers = count('workers', values.workers) ?? Math.min(availableParallelism(), MOST_WORKERS);
  const options = { ...encodeValues(values), normalize: !values['no-normalize'] };
  const progress = new Progress(values.quiet ?? false);
  const input = await openInput(values.input);
  const output = await openOutput(values.output);
  try {
    if (format === 'npy' && !output.seekable)
      throw new UsageError('npy goes into a file; a pipe can have --format jsonl');
    const model = await loadModel(WorkerModel, values, { workers }, progress);
    try {
      const dimension = options.dimension ?? model.dimension;
      const writer = await writerFor(format, output, dimension, !values['no-text']);
      const began = performance.now();
      const rows = await encodeAll(model, options, input, writer, progress);
      await writer.finish();
      await output.finish();
      const rate = (1000 * rows) / (performance.now() - began);
      progress.say(
        `${number(rows)} texts, ${dimension} dimensions, ${duration(performance.now() - began)}` +
          (rows > 0 ? `, ${number(rate)} a second` : ''),
      );
    } finally {
      model.terminate();
    }
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}

function formatOf(path: string | undefined, named: 'npy' | 'jsonl' | undefined): 'npy' | 'jsonl' {
  if (named) return named;
  if (path === undefined || path === '-') return 'jsonl';
  const extension = extname(path).toLowerCase();
  if (extension === '.npy') return 'npy';
  if (extension === '.jsonl' || extension === '.ndjson') return 'jsonl';
  throw new UsageError(`--output ends in .npy or .jsonl, or --format says what ${path} is to be`);
}

interface Input {
  readonly name: string;
  /** Bytes in all, where it is known. */
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function openInput(path: string | undefined): Promise<Input> {
  if (path === undefined || path === '-') {
    if (path === undefined && process.stdin.isTTY) {
      throw new UsageError('--input names a file of texts; - reads them from the terminal');
    }
    return { name: 'the standard input', size: undefined, chunks: process.stdin };
  }
  try {
    const file = await open(path);
    const stats = await file.stat();
    if (stats.isDirectory()) throw new Failure('it is a folder');
    return {
      name: path,
      size: stats.isFile() ? stats.size : undefined,
      chunks: file.createReadStream({ highWaterMark: 1 << 18 }),
    };
  } catch (error) {
    throw new Failure(`${path} can't be read: ${reasonOf(error)}`);
  }
}

async function writerFor(
  format: 'npy' | 'jsonl',
  output: Output,
  dimension: number,
  withText: boolean,
): Promise<VectorWriter> {
  if (format === 'jsonl') return new JsonLinesWriter(output, withText);
  const writer = new NpyWriter(output, dimension);
  await writer.begin();
  return writer;
}

/** Returns how many texts there were. No more than a few hundred of them are held at a time. */
async function encodeAll(
  model: WorkerModel,
  options: { normalize: boolean },
  input: Input,
  writer: VectorWriter,
  progress: Progress,
): Promise<number> {
  const underWay: Line[] = [];
  async function* texts() {
    for await (const line of readLines(input.chunks, input.name)) {
      underWay.push(line);
      yield line.text;
    }
  }
  const began = performance.now();
  let rows = 0;
  for await (const vector of model.encodeStream(texts(), options)) {
    const { text, end } = underWay.shift()!;
    await writer.add(vector, text);
    rows++;
    const share = input.size ? Math.min(end / input.size, 1) : undefined;
    progress.show('texts', share, () => {
      const elapsed = performance.now() - began;
      const left = share ? `, ${duration((elapsed * (1 - share)) / share)} left` : '';
      return `${number(rows)}, ${number((1000 * rows) / elapsed)} a second${left}`;
    });
  }
  progress.clear();
  return rows;
}
