import { parseArgs, type ParseArgsConfig } from 'node:util';
import { availableCores } from '../shared/cores.js';
import { UsageError } from './errors.js';

/** Each worker thread has a copy of the model. */
const MOST_WORKERS = 4;

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

/** Node's parser, with its complaints as UsageError; an option that takes one value may be given once. */
export function parse<const T extends Options>(args: string[], options: T) {
  try {
    const parsed = parseArgs({ args, options, allowPositionals: true, tokens: true });
    checkOnce(parsed.tokens, options);
    return parsed;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Node's second sentence explains `--`; its first one says what is wrong.
    const reason = (error as Error).message.split(/\.\s/)[0]!.replace(/\.$/, '');
    const dashed = (error as { code?: unknown }).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    throw new UsageError(dashed ? `${reason}; a text that begins with a dash goes after --` : reason);
  }
}

function checkOnce(tokens: readonly { kind: string; name?: string }[], options: Options): void {
  const seen = new Set<string>();
  for (const { kind, name } of tokens) {
    if (kind !== 'option' || name === undefined) continue;
    const { type, multiple } = options[name] ?? {};
    if (type === 'string' && !multiple && seen.has(name)) {
      throw new UsageError(`--${name} was given more than once`);
    }
    seen.add(name);
  }
}

/** What `parse` finds for each of the options. */
export type ParsedValues<T extends Options> = ReturnType<typeof parse<T>>['values'];

/** One thread a core, up to a few. */
export function defaultWorkers(): number {
  return Math.min(availableCores(), MOST_WORKERS);
}

/** A positive integer; undefined where the option was left out. */
export function count(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError(`--${option} must be a positive integer (received '${value}')`);
}

export function choice<const T extends string>(
  option: string,
  value: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (value === undefined || choices.includes(value as T)) return value as T | undefined;
  throw new UsageError(`--${option} must be ${choices.join(', ')} (received '${value}')`);
}
