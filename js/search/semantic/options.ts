import { WORKER_LOAD_OPTIONS } from '../../models/options.js';
import {
  checkOptions,
  isAddress,
  isCallback,
  isFlag,
  isObjectWith,
  isSignal,
  without,
  wrongType,
  type Checks,
} from '../../shared/checks.js';
import type { WorkerLoadOptions } from '../../workers/types.js';
import { isAlpha, isIdentity, isMost, SEARCH } from '../index/checks.js';
import type {
  AddOptions,
  PreparedSearchOptions,
  SemanticSearchOptions,
  SemanticSearchQueryOptions,
} from './types.js';

const OPEN: Checks<SemanticSearchOptions> = {
  ...WORKER_LOAD_OPTIONS,
  model: isObjectWith('a model, such as a WorkerModel', 'encode', 'chunk'),
  persist: isFlag,
  rebuild: isFlag,
  onRebuild: isCallback,
  from: isAddress,
  onFetch: isCallback,
};
const PREPARED: Checks<PreparedSearchOptions> = without(
  OPEN,
  'persist',
  'rebuild',
  'onRebuild',
  'from',
  'onFetch',
);
const ADD: Checks<AddOptions> = { model: isIdentity, onProgress: isCallback, signal: isSignal };
const QUERY: Checks<SemanticSearchQueryOptions> = {
  ...SEARCH,
  passagesPerDocument: isMost,
  alpha: isAlpha,
  signal: isSignal,
};

/** What says how a model is loaded, and nothing of one that is loaded. */
const LOADING = [
  ...(['baseUrl', 'url', 'cacheKey', 'onProgress', 'maxLength', 'precision', 'kernel', 'prompts'] as const),
  ...(['wasmUrl', 'workers', 'workerUrl', 'device'] as const),
];

function checkLoading(options: PreparedSearchOptions): void {
  const loading = options.model && LOADING.find((name) => options[name] !== undefined);
  if (loading === undefined) return;
  throw new TypeError(
    `\`${loading}\` is for loading a model, and \`model\` is one that is loaded already: leave one of the two out`,
  );
}

/** Checks the options of `SemanticSearch.open`, and returns those that are for loading a model. */
export function checkOpenOptions(options: SemanticSearchOptions): WorkerLoadOptions {
  checkOptions('SemanticSearch.open', options, OPEN);
  checkLoading(options);
  const { model, persist, rebuild, onRebuild, from, onFetch, ...load } = options;
  return load;
}

/** Checks the options of `SemanticSearch.fromBytes`, and returns those that are for loading a model. */
export function checkPreparedOptions(options: PreparedSearchOptions): WorkerLoadOptions {
  checkOptions('SemanticSearch.fromBytes', options, PREPARED);
  checkLoading(options);
  const { model, ...load } = options;
  return load;
}

export function checkAddOptions(options: unknown): void {
  checkOptions('add', options, ADD);
}

export function checkQueryOptions(options: unknown): void {
  checkOptions('search', options, QUERY);
}

/** @throws TypeError for what is no name */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '') wrongType('`name`', 'a non-empty string', name);
}
