import { throwIfAborted } from '../shared/abort.js';
import {
  checkOptions,
  checkText,
  checkTexts,
  isAddress,
  isCallback,
  isFlag,
  isInteger,
  isOneOf,
  isSignal,
  isText,
  outOfRange,
  without,
  wrongType,
  type Check,
  type Checks,
} from '../shared/checks.js';
import { describe } from '../shared/describe.js';
import { EdgeBertError } from '../shared/errors.js';
import type { EncodeSettings } from '../engine/types.js';
import { isTrusted } from '../engine/trusted-types.js';
import type { LoadOptions, PretrainedOptions } from '../loading/types.js';
import type { WorkerLoadOptions, WorkerPretrainedOptions, WorkOptions } from '../workers/types.js';
import { WasmModelType, type KnownModel, type Task } from '../loading/registry.js';
import { promptFor, promptText } from './prompts.js';
import type {
  ChunkOptions,
  EncodeOptions,
  EncodeStreamOptions,
  ModelInfo,
  RankOptions,
  TextOptions,
} from './types.js';

// Every option of every model is checked here. A wrong type or an unknown name is a TypeError, a
// number out of range a RangeError.

const isMaxLength = isInteger(1);

const arePrompts: Check = (name, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    wrongType(name, 'an object of texts by name', value);
  }
  for (const [key, text] of Object.entries(value)) isText(`\`prompts.${key}\``, text);
};

const isWorkerCount: Check = (name, value) => {
  if (typeof value === 'number') isInteger(1)(name, value);
  else if (value !== 'auto') wrongType(name, "a positive integer or 'auto'", value);
};

/** A page with Trusted Types may have made the address into an object of its own. */
const isScriptAddress: Check = (name, value) => {
  if (!isTrusted(value)) isAddress(name, value);
};

const isName: Check = (name, value) => {
  if (typeof value !== 'string' || value === '') wrongType(name, 'a non-empty string', value);
};

const LOAD: Checks<LoadOptions> = {
  baseUrl: isAddress,
  url: isAddress,
  fetch: isCallback,
  cache: isOneOf('auto', 'indexeddb', 'reload', 'none'),
  cacheKey: isName,
  onProgress: isCallback,
  onWarning: isCallback,
  signal: isSignal,
  maxLength: isMaxLength,
  precision: isOneOf('int8', 'compact', 'f32'),
  kernel: isOneOf('auto', 'simd128', 'relaxed'),
  prompts: arePrompts,
  wasmUrl: isAddress,
};
const PRETRAINED: Checks<PretrainedOptions> = { ...without(LOAD, 'url'), revision: isName };
const LOAD_TO_PACK = without(PRETRAINED, 'cache', 'cacheKey', 'kernel', 'maxLength', 'precision', 'prompts');
const areStrings: Check = (name, value) => {
  const iterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  if (!iterable) wrongType(name, 'an iterable of strings', value);
};
const PACK = { ...LOAD_TO_PACK, vocabularyFor: areStrings };
const isSize: Check = (name, value) => {
  if (typeof value !== 'number') wrongType(name, 'a positive number of megabytes', value);
  if (!(value > 0 && value < Infinity)) outOfRange(name, 'a positive number of megabytes', value);
};
const areTexts: Check = (name, value) => {
  if (!Array.isArray(value)) wrongType(name, 'an array of strings', value);
  for (const [index, text] of value.entries()) isText(`\`texts[${index}]\``, text);
};
const CALIBRATED = { texts: areTexts, onPacking: isCallback };
const COMPACT = { ...LOAD_TO_PACK, ...CALIBRATED, size: isSize };
const INT8 = { ...PACK, ...CALIBRATED };
const WORKERS = {
  workers: isWorkerCount,
  workerUrl: isScriptAddress,
  device: isOneOf('wasm', 'webgpu', 'auto'),
};
const WORKER_LOAD: Checks<WorkerLoadOptions> = { ...LOAD, ...WORKERS };
const WORKER_PRETRAINED: Checks<WorkerPretrainedOptions> = { ...PRETRAINED, ...WORKERS };
/** The names of what loads a model in workers, for those who pass such options on. */
export const WORKER_LOAD_OPTIONS: Checks<WorkerLoadOptions> = WORKER_LOAD;

const WORK: Checks<WorkOptions> = {
  onProgress: isCallback,
  signal: isSignal,
  priority: isOneOf('interactive', 'bulk'),
};
const KIND: Checks<TextOptions & WorkOptions> = { ...WORK, normalize: isFlag, dimension: isInteger(1) };
const ENCODE: Checks<EncodeOptions> = { ...KIND, prompt: isText };
const STREAM: Checks<EncodeStreamOptions> = without(ENCODE, 'onProgress');
const CHUNK: Checks<ChunkOptions> = { maxTokens: isInteger(1), overlap: isInteger(0) };
const RANK: Checks<RankOptions & WorkOptions> = {
  ...WORK,
  topK: isInteger(1, undefined, true),
  label: isInteger(0),
};

/**
 * The model of the registry that is meant: a value of `WasmModelType`, of any entry of the package
 * or copied by structuredClone, or its name.
 *
 * @throws TypeError for anything else; EdgeBertError `unsupported` for a model of the other kind
 */
export function knownModel(type: unknown, task: Task): KnownModel {
  const name = typeof type === 'string' ? type : (type as Partial<KnownModel> | null | undefined)?.name;
  const known = Object.entries<KnownModel>(WasmModelType);
  const found = known.find(([key, model]) => key === name || model.name === name)?.[1];
  if (!found) {
    const names = known.map(([key]) => key).join(', ');
    throw new TypeError(
      `from_type takes a value of WasmModelType, or its name (received ${describe(type)}). It has ${names}. ` +
        'from_pretrained loads other models.',
    );
  }
  checkTask(found.name, found.task, task);
  return found;
}

/** Throws an EdgeBertError `unsupported`, naming the class to use, for a model of the other kind. */
export function checkTask(name: string, task: Task, wanted: Task): void {
  if (task === wanted) return;
  throw new EdgeBertError(
    'unsupported',
    task === 'cross-encoder'
      ? `${name} scores a query with a document: load it with CrossEncoder, or WorkerCrossEncoder`
      : `${name} turns texts into vectors: load it with WasmModel, or WorkerModel`,
  );
}

export function checkLoadOptions(call: 'from_type' | 'from_pretrained', options: unknown): void {
  if (call === 'from_type') checkOptions(call, options, LOAD);
  else checkOptions(call, options, PRETRAINED);
  checkCombination(options as LoadOptions);
}

export function checkPackOptions(options: unknown): void {
  checkOptions('pack', options, PACK);
}

export function checkCompactOptions(options: unknown): void {
  checkOptions('packCompact', options, COMPACT);
  isSize('`size`', (options as { size?: unknown } | undefined)?.size);
}

export function checkInt8Options(options: unknown): void {
  checkOptions('packInt8', options, INT8);
}

export function checkWorkerLoadOptions(call: 'from_type' | 'from_pretrained', options: unknown): void {
  if (call === 'from_type') checkOptions(call, options, WORKER_LOAD);
  else checkOptions(call, options, WORKER_PRETRAINED);
  checkCombination(options as LoadOptions);
}

function checkCombination({ url, precision }: LoadOptions): void {
  if (url === undefined || precision !== 'f32') return;
  throw new TypeError(
    "`url` is the address of a packed int8 file: it can't be combined with precision 'f32'",
  );
}

/** @throws TypeError or RangeError for a value that is no length; the model knows its own maximum */
export function checkMaxLength(maxLength: unknown): void {
  isMaxLength('`maxLength`', maxLength);
}

/** What is asked of the engine, and how the work is done. */
export interface EncodeRequest extends WorkOptions {
  readonly texts: readonly string[];
  readonly settings: EncodeSettings;
}

/**
 * The arguments of `encode`: texts, and then `normalize` and options, or options alone.
 *
 * @throws TypeError, RangeError; the reason of a signal that has aborted
 */
export function checkEncode(
  info: ModelInfo,
  texts: unknown,
  normalize: unknown,
  options: unknown,
): EncodeRequest {
  checkTexts('encode', texts);
  if (typeof normalize === 'object' && normalize !== null && options === undefined) {
    return encodeRequest(info, 'encode', texts, normalize as EncodeOptions, ENCODE);
  }
  if (normalize !== undefined) isFlag('`normalize`, the second argument of encode,', normalize);
  checkOptions('encode', options, ENCODE);
  const { normalize: again = normalize, ...rest } = (options ?? {}) as EncodeOptions;
  if (normalize !== undefined && again !== normalize) {
    throw new TypeError(
      `\`normalize\` was given twice: ${String(normalize)}, and ${String(again)} in the options`,
    );
  }
  return encodeRequest(info, 'encode', texts, { ...rest, normalize: again as boolean | undefined }, ENCODE);
}

/** The arguments of `encodeQuery` and `encodeDocuments`. Throws as {@link checkEncode} does. */
export function checkEncodeKind(
  info: ModelInfo,
  kind: 'query' | 'document',
  texts: unknown,
  options: unknown,
): EncodeRequest {
  const call = kind === 'query' ? 'encodeQuery' : 'encodeDocuments';
  const list = kind === 'query' && typeof texts === 'string' ? [texts] : texts;
  checkTexts(call, list);
  checkOptions(call, options, KIND);
  const prompt = promptFor(info, kind);
  return encodeRequest(info, call, list, { ...(options as TextOptions), prompt }, ENCODE);
}

/** The options of `encodeStream`. Throws as {@link checkEncode} does. */
export function checkEncodeStream(info: ModelInfo, options: unknown): EncodeRequest {
  checkOptions('encodeStream', options, STREAM);
  // A signal that has aborted rejects the first vector.
  const { signal, ...rest } = (options ?? {}) as EncodeStreamOptions;
  const request = encodeRequest(info, 'encodeStream', [], rest, STREAM);
  return { ...request, priority: request.priority ?? 'bulk', ...(signal && { signal }) };
}

function encodeRequest(
  info: ModelInfo,
  call: string,
  texts: readonly string[],
  options: EncodeOptions,
  checks: Checks<EncodeStreamOptions>,
): EncodeRequest {
  checkOptions(call, options, checks);
  const { normalize = true, prompt, dimension = info.dimension, onProgress, signal, priority } = options;
  if (dimension > info.dimension)
    outOfRange('`dimension`', `an integer from 1 to ${info.dimension}`, dimension);
  const settings = { normalize, prompt: promptText(info, prompt), dimension };
  throwIfAborted(signal);
  return {
    texts,
    settings,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
    ...(priority && { priority }),
  };
}

/**
 * The options of `chunk` with their defaults.
 *
 * @param promptTokens of the prompt for documents alone, special tokens included
 * @param specialTokens that every text has, such as [CLS] and [SEP]; static models have none
 *
 * @throws TypeError, RangeError
 */
export function checkChunk(
  options: unknown,
  { positions }: ModelInfo,
  maxLength: number,
  promptTokens: number,
  specialTokens: number,
): Required<ChunkOptions> {
  checkOptions('chunk', options, CHUNK);
  const prompt = promptTokens - specialTokens;
  const { maxTokens = maxLength - prompt, overlap = 0 } = (options ?? {}) as ChunkOptions;
  const least = specialTokens + 1;
  if (maxTokens > positions || maxTokens < least) {
    outOfRange('`maxTokens`', `an integer from ${least} up to the model's ${positions} positions`, maxTokens);
  }
  const room = maxTokens - specialTokens;
  if (overlap >= room) outOfRange('`overlap`', `less than ${room} with ${maxTokens} tokens a chunk`, overlap);
  return { maxTokens, overlap };
}

/** The arguments of `score`. */
export function checkScore(query: unknown, documents: unknown, options: unknown): WorkOptions {
  checkText('score', query);
  checkTexts('score', documents);
  checkOptions('score', options, WORK);
  throwIfAborted((options as WorkOptions | undefined)?.signal);
  return (options ?? {}) as WorkOptions;
}

/** How `rank` is asked to rank. */
export interface RankRequest extends WorkOptions {
  readonly topK: number;
  /** The label that counts. */
  readonly label: number;
}

/**
 * The arguments of `rank`.
 *
 * @throws TypeError, RangeError; also where the model has several labels and none is chosen
 */
export function checkRank(query: unknown, documents: unknown, options: unknown, labels: number): RankRequest {
  checkText('rank', query);
  checkTexts('rank', documents);
  checkOptions('rank', options, RANK);
  const { label, topK = Infinity, ...work } = (options ?? {}) as RankOptions & WorkOptions;
  const expected = `an integer from 0 to ${labels - 1}: this model gives ${labels} scores for a document`;
  if (label === undefined && labels > 1) wrongType('`label`', expected, label);
  if (label !== undefined && label >= labels) outOfRange('`label`', expected, label);
  throwIfAborted(work.signal);
  return { ...work, topK, label: label ?? 0 };
}
