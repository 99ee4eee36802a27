import type { LoadOptions } from './types.js';
import { describe } from './texts.js';
import { WasmModelType, type KnownModel } from './weights/registry.js';

/** Throws a TypeError unless `type` is one of the models in the table. */
export function checkModelType(type: unknown): asserts type is KnownModel {
  if (Object.values<unknown>(WasmModelType).includes(type)) return;
  const names = Object.keys(WasmModelType).map((name) => `WasmModelType.${name}`);
  throw new TypeError(`from_type takes a value of WasmModelType (${names.join(', ')}), not ${describe(type)}`);
}

/** Throws a TypeError for an option that could only be a slip. */
export function checkLoadOptions(options: LoadOptions): void {
  checkChoice('precision', options.precision, ['int8', 'f32']);
  checkChoice('cache', options.cache, ['indexeddb', 'none']);
  if (options.maxLength !== undefined) checkMaxLength(options.maxLength);
  if (options.url !== undefined && options.precision === 'f32') {
    throw new TypeError("`url` is the address of a packed int8 file, so it can't be had with precision f32");
  }
}

/** Throws a TypeError for what is no length at all; the model itself knows its bounds. */
export function checkMaxLength(maxLength: unknown): void {
  if (Number.isSafeInteger(maxLength) && (maxLength as number) > 0) return;
  throw new TypeError(`\`maxLength\` is a whole number of word pieces, not ${describe(maxLength)}`);
}

/** Throws a TypeError unless the option is left out or one of `choices`. */
export function checkChoice(option: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  const list = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new TypeError(`\`${option}\` is ${list}, not ${describe(value)}`);
}
