import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { PackOptions } from '../models/pack.js';
import { reasonOf, UsageError } from './errors.js';
import { findModel, onDisk } from './model.js';
import { parse } from './options.js';
import { openOutput } from './output/target.js';
import { duration, number, Progress } from './progress.js';
import { PACK_USAGE } from './usage.js';

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  'base-url': { type: 'string' },
  size: { type: 'string' },
  calibration: { type: 'string' },
  'vocabulary-for': { type: 'string', multiple: true },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** `edgebert pack`. */
export async function pack(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(PACK_USAGE);
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    throw new UsageError(`pack takes exactly one model folder or hub id (received ${positionals.length})`);
  }
  if (values.output === undefined) throw new UsageError('--output must name the packed file');
  const found = findModel(name);
  const source = 'type' in found ? found.type.id : found.source;
  if (String(source).endsWith('.safetensors')) {
    throw new UsageError(`pack takes the folder of a model, and ${name} is one file`);
  }
  const size = megabytes(values.size);
  const corpus = values['vocabulary-for'];
  if (corpus !== undefined && size !== undefined) {
    throw new UsageError('--vocabulary-for is for int8 files, and --size makes a compact one');
  }
  const vocabularyFor = corpus?.flatMap((file) => linesOf('vocabulary-for', file));
  const texts = values.calibration === undefined ? undefined : calibrationTexts(values.calibration);
  await writePacked(source, values.output, { ...values, vocabularyFor, size, texts });
}

function calibrationTexts(calibration: string): string[] {
  return calibration === 'none' ? [] : linesOf('calibration', calibration);
}

/** Converts a model's original weights and writes the packed file, or a compact one where there is a size. */
export async function writePacked(
  source: string | URL,
  path: string,
  {
    'base-url': baseUrl,
    quiet = false,
    vocabularyFor,
    size,
    texts,
  }: {
    'base-url'?: string | undefined;
    quiet?: boolean | undefined;
    vocabularyFor?: readonly string[] | undefined;
    size?: number | undefined;
    texts?: readonly string[] | undefined;
  },
): Promise<void> {
  const progress = new Progress(quiet);
  const began = performance.now();
  const output = await openOutput(path);
  try {
    const options: PackOptions = {
      ...(baseUrl !== undefined && { baseUrl: onDisk(baseUrl)?.url ?? baseUrl }),
      onWarning: ({ message }) => progress.warn(message),
      onProgress: ({ loaded, total }) => {
        progress.show('model', loaded / total, () => `${number(loaded / 1e6)} of ${number(total / 1e6)} MB`);
      },
    };
    const calibrated = {
      ...options,
      ...(texts && { texts }),
      onPacking: (done: number) => progress.show('packing', done, () => `${Math.round(100 * done)} %`),
    };
    // The packer is large, and no other command needs it.
    const packed =
      size === undefined
        ? await (
            await import('../pack/pack-int8.js')
          ).packInt8(source, { ...calibrated, ...(vocabularyFor && { vocabularyFor }) })
        : await (await import('../pack/pack-compact.js')).packCompact(source, { ...calibrated, size });
    for await (const bytes of packed.stream()) await output.write(bytes);
    await output.finish();
    progress.say(`${sizeOf(packed.size)} in ${duration(performance.now() - began)}`);
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}

function megabytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const size = Number(text);
  if (size > 0 && size < Infinity) return size;
  throw new UsageError(`--size must be a positive number of megabytes (received '${text}')`);
}

function linesOf(option: string, file: string): string[] {
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`--${option}: ${file} could not be read: ${reasonOf(error)}`);
  }
  if (!isUtf8(bytes)) throw new UsageError(`--${option}: ${file} is not UTF-8`);
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/).filter(Boolean);
  if (lines.length === 0) throw new UsageError(`--${option}: ${file} has no texts`);
  return lines;
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
