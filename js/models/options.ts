import { EdgeBertError } from '../shared/errors.js';

import { describe } from '../shared/describe.js';
import { WasmModelType, type KnownModel, type Task } from '../loading/registry.js';
import type { LoadOptions } from '../loading/types.js';

/** Throws a TypeError unless `type` is one of the models in the table; see also {@link checkTask}. */
export function checkModelType(type: unknown, task: Task): asserts type is KnownModel {
  if (!Object.values<unknown>(WasmModelType).includes(type)) {
    const names = Object.keys(WasmModelType).map((name) => `WasmModelType.${name}`);
    throw new TypeError(
      `from_type takes a value of WasmModelType (${names.join(', ')}), not ${describe(type)}`,
    );
  }
  const model = type as KnownModel;
  checkTask(model.name, model.task, task);
}

/** Throws an EdgeBertError `unsupported`, with the class to take, for a model of the other kind. */
export function checkTask(name: string, task: Task, wanted: Task): void {
  if (task === wanted) return;
  throw new EdgeBertError(
    'unsupported',
    task === 'cross-encoder'
      ? `${name} scores a query with a document: load it with CrossEncoder, or WorkerCrossEncoder`
      : `${name} turns texts into vectors: load it with WasmModel, or WorkerModel`,
  );
}

/** Throws a TypeError for an option that could only be a slip. */
export function checkLoadOptions(options: LoadOptions): void {
  checkChoice('precision', options.precision, ['int8', 'f32']);
  checkChoice('cache', options.cache, ['auto', 'indexeddb', 'reload', 'none']);
  if (options.maxLength !== undefined) checkMaxLength(options.maxLength);
  if (options.prompts !== undefined) checkPrompts(options.prompts);
  if (options.url !== undefined && options.precision === 'f32') {
    throw new TypeError("`url` is the address of a packed int8 file, so it can't be had with precision f32");
  }
}

function checkPrompts(prompts: unknown): void {
  if (typeof prompts !== 'object' || prompts === null || Array.isArray(prompts)) {
    throw new TypeError(`\`prompts\` is an object of texts by their names, not ${describe(prompts)}`);
  }
  for (const [name, text] of Object.entries(prompts)) {
    if (typeof text !== 'string') throw new TypeError(`\`prompts.${name}\` is a text, not ${describe(text)}`);
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
