import { UsageError } from '../errors.js';
import type { Source } from './sources.js';

/** What `embed` and `index` take for their inputs. */
export const INPUT_OPTIONS = {
  input: { type: 'string', short: 'i', multiple: true },
  'input-format': { type: 'string' },
  'text-field': { type: 'string' },
  'id-field': { type: 'string' },
  invalid: { type: 'string' },
} as const;

/**
 * Lines of plain text have no fields, so an option that names one is a mistake. `--text-field` may be meant
 * for other inputs.
 *
 * @param given the options that name fields, as they were typed
 * @throws UsageError
 */
export function checkFieldOptions(
  given: Readonly<Record<string, string | boolean | undefined>>,
  sources: readonly Source[],
): void {
  const plain = sources.find(({ format }) => format === 'lines');
  if (!plain) return;
  const all = sources.every(({ format }) => format === 'lines');
  const option = Object.keys(given).find(
    (name) => given[name] !== undefined && (all || name !== 'text-field'),
  );
  if (option === undefined) return;
  throw new UsageError(
    `--${option}: ${plain.name} is read as lines of text, which have no fields; --input-format jsonl reads fields`,
  );
}

/** @throws UsageError where two options name the same field */
export function checkDistinct(names: Readonly<Record<string, string | undefined>>): void {
  const options = Object.keys(names).filter((option) => names[option] !== undefined);
  for (const [i, option] of options.entries()) {
    const other = options.slice(0, i).find((earlier) => names[earlier] === names[option]);
    if (other === undefined) continue;
    throw new UsageError(`--${other} and --${option} name the same field, "${names[option]}"`);
  }
}
