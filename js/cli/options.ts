import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './errors.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What every command that loads a model takes. */
export const MODEL_OPTIONS = {
  model: { type: 'string', short: 'm' },
  'base-url': { type: 'string' },
  precision: { type: 'string' },
  'max-length': { type: 'string' },
  prompt: { type: 'string' },
  dimension: { type: 'string' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Node's parser, with its complaints as UsageError. */
export function parse<const T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // Node goes on to explain `--`; its first sentence says what is wrong.
    throw new UsageError((error as Error).message.split(/\.\s/)[0]!.replace(/\.$/, ''));
  }
}

/** A whole number from 1 on; undefined where the option was left out. */
export function count(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError(`--${option} is a whole number from 1 on, not '${value}'`);
}

export function choice<const T extends string>(
  option: string,
  value: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (value === undefined || choices.includes(value as T)) return value as T | undefined;
  throw new UsageError(`--${option} is ${choices.join(' or ')}, not '${value}'`);
}
