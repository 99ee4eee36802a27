import { pack as packModel } from '../models/pack.js';
import { UsageError } from './errors.js';
import { findModel, onDisk } from './model.js';
import { parse } from './options.js';
import { openOutput } from './output/target.js';
import { duration, number, Progress } from './progress.js';
import { PACK_USAGE } from './usage.js';

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  'base-url': { type: 'string' },
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
  await writePacked(source, values.output, values);
}

/** Converts a model's original weights and writes the packed file. */
export async function writePacked(
  source: string | URL,
  path: string,
  { 'base-url': baseUrl, quiet = false }: { 'base-url'?: string | undefined; quiet?: boolean | undefined },
): Promise<void> {
  const progress = new Progress(quiet);
  const began = performance.now();
  const output = await openOutput(path);
  try {
    const packed = await packModel(source, {
      ...(baseUrl !== undefined && { baseUrl: onDisk(baseUrl)?.url ?? baseUrl }),
      onProgress: ({ loaded, total }) => {
        progress.show('model', loaded / total, () => `${number(loaded / 1e6)} of ${number(total / 1e6)} MB`);
      },
    });
    for await (const bytes of packed.stream()) await output.write(bytes);
    await output.finish();
    progress.say(`${size(packed.size)} in ${duration(performance.now() - began)}`);
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
