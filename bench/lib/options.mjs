// Command-line options, with plain sentences for wrong ones.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stop } from '../../scripts/lib/say.mjs';

/**
 * @param kinds name of an option → its default: a number (which stays positive), false for a switch, or
 * '' for text
 * @param usage printed with every complaint
 */
export function readOptions(args, kinds, usage) {
  const options = { help: { type: 'boolean', default: false } };
  for (const [name, value] of Object.entries(kinds)) {
    options[name] =
      value === false ? { type: 'boolean', default: false } : { type: 'string', default: String(value) };
  }
  const values = parsed(args, options, usage);
  for (const [name, value] of Object.entries(kinds)) {
    if (typeof value !== 'number') continue;
    values[name] = Number(values[name]);
    if (!(Number.isInteger(values[name]) && values[name] > 0))
      throw new Stop(`--${name} is a positive number.\n\n${usage}`);
  }
  return values;
}

function parsed(args, options, usage) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Stop(`${error.message}.\n\n${usage}`);
  }
}

/** The absolute path of a file that an option names. */
export function fileOption(options, name) {
  if (!options[name]) return undefined;
  const path = resolve(options[name]);
  if (!existsSync(path)) throw new Stop(`--${name}: there is no file ${path}.`);
  return path;
}
