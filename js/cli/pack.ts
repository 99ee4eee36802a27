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
  if (name === undefined || positionals.length > 1)
    throw new UsageError(`pack takes a folder or a hub id, not ${positionals.length} of them`);
  if (values.output === undefined) throw new UsageError('--output says where the packed file goes');
  const found = findModel(name);
  const source = 'type' in found ? found.type.id : found.source;
  if (String(source).endsWith('.safetensors'))
    throw new UsageError(`${name} is one file, and pack takes the folder of a model`);

  const progress = new Progress(values.quiet ?? false);
  const baseUrl = values['base-url'];
  const began = performance.now();
  const output = await openOutput(values.output);
  try {
    const packed = await packModel(source, {
      ...(baseUrl !== undefined && { baseUrl: onDisk(baseUrl)?.url ?? baseUrl }),
      onProgress: ({ loaded, total }) => {
        progress.show('model', loaded / total, () => `${number(loaded / 1e6)} of ${number(total / 1e6)} MB`);
      },
    });
    for await (const bytes of packed.stream()) await output.write(bytes);
    await output.finish();
    progress.say(`${(packed.size / 1e6).toFixed(1)} MB in ${duration(performance.now() - began)}`);
  } catch (error) {
    progress.clear();
    await output.discard();
    throw error;
  }
}
