import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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
  const file = join(folder, 'model-int8.safetensors');
  const made = await makeFolder(folder);
  try {
    await writePacked(found.type.id, file, values);
  } catch (error) {
    if (made !== undefined) await removeEmpty(folder, made);
    throw error;
  }
  process.stdout.write(`${file}\n`);
}

/** @returns the topmost folder that was not there before, if any. */
async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new Failure(`${folder} could not be created: ${reasonOf(error)}`);
  }
}

/** Removes what was created for nothing, from the inside outwards, unless there is something in it now. */
async function removeEmpty(folder: string, topmost: string): Promise<void> {
  try {
    for (let each = resolve(folder); each.startsWith(resolve(topmost)); each = dirname(each))
      await rmdir(each);
  } catch {
    // It holds something else now.
  }
}
