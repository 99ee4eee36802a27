import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, reasonOf, UsageError } from './errors.js';
import { findModel } from './model.js';
import { writePacked } from './pack.js';
import { parse } from './options.js';
import { DOWNLOAD_USAGE } from './usage.js';

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  'base-url': { type: 'string' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** `edgebert download`: a model under the name that `baseUrl` looks for it. */
export async function download(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(DOWNLOAD_USAGE);
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    throw new UsageError(`download takes the name of one model (received ${positionals.length})`);
  }
  const { output } = values;
  if (output === undefined)
    throw new UsageError('--output must name the folder that your site serves models from');
  const found = findModel(name);
  if (!('type' in found)) {
    throw new UsageError(`${name} is not a model of the registry; \`edgebert pack\` takes any model`);
  }
  const folder = join(output, found.type.name);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new Failure(`${folder} could not be created: ${reasonOf(error)}`);
  }
  const file = join(folder, 'model-int8.safetensors');
  await writePacked(found.type.id, file, values);
  process.stdout.write(`${file}\n`);
}
