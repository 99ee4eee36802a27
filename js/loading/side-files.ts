import { EdgeBertError, messageOf } from '../shared/errors.js';
import { isRecord } from '../shared/guards.js';
import type { NamedText } from '../shared/types.js';

/** Lists the files that large weights are split into. */
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** PyTorch's own format, in which older models come. */
export const PYTORCH_WEIGHTS = 'pytorch_model.bin';

const CONFIG = 'config.json';
export const MODULES = 'modules.json';
/** What sentence-transformers stores about a model, such as its prompts. */
export const ABOUT = 'config_sentence_transformers.json';
/** The folder of the pooling's config.json in a model without modules.json. */
const POOLING = '1_Pooling';
const TOKENIZER = 'tokenizer.json';
/** Read if there is no tokenizer.json. */
const VOCABULARY = 'vocab.txt';
const ADDED_TOKENS = 'added_tokens.json';
const LENGTH = 'sentence_bert_config.json';
const ENCODER_FILES = [CONFIG, TOKENIZER, 'tokenizer_config.json', LENGTH];
/** The files that say what a model is. All are optional here; the engine says which it misses. */
const FILES = [...ENCODER_FILES, MODULES, ABOUT];

/** Fields that change a model and are not supported; they may be empty. */
const FOREIGN = /^((?!model)\w+_(kw)?args|query_length|document_length|truncate_dim)$/;
/** Tokens that every vocabulary has. Others would need flags that added_tokens.json lacks. */
const USUAL = /^\[(UNK|SEP|PAD|CLS|MASK)]$/;

/** The kinds of modules that the engine runs. */
const MODULE_KINDS = /\.(Transformer|StaticEmbedding|Pooling|Dense|Normalize)$/;

/** Reads the files beside a model's weights; `read` gives undefined for one that doesn't exist. */
export async function readSideFiles(
  read: (name: string) => Promise<string | undefined>,
): Promise<NamedText[]> {
  const readAll = async (names: readonly string[]) => {
    const texts = await Promise.all(names.map(read));
    return names.flatMap((name, at): NamedText[] => {
      const text = texts[at];
      return text === undefined ? [] : [[name, text]];
    });
  };
  let files = await readAll(FILES);
  checkModules(files);
  const folders =
    textOf(files, MODULES) === undefined ? [POOLING] : [...new Set(modulesOf(files).map(({ path }) => path))];
  files.push(...(await readAll(folders.map((path) => `${path}/config.json`))));
  const folder = encoderFolder(files);
  const add = async (name: string, as = name) => {
    const text = await read(folder + name);
    if (text !== undefined) files.push([as, text]);
  };
  if (folder) {
    files = files.filter(([name]) => !ENCODER_FILES.includes(name));
    await Promise.all(ENCODER_FILES.map((name) => add(name)));
  }
  const length = lengthFileOf(textOf(files, CONFIG));
  if (length && textOf(files, LENGTH) === undefined) await add(length, LENGTH);
  if (textOf(files, TOKENIZER) === undefined)
    await Promise.all([VOCABULARY, ADDED_TOKENS].map((name) => add(name)));
  checkJson(files, ADDED_TOKENS);
  for (const name of [LENGTH, ABOUT]) {
    const isForeign = ([field, value]: [string, unknown]) =>
      FOREIGN.test(field) && !['null', '{}'].includes(JSON.stringify(value));
    refuse(name, Object.entries(objectOf(files, name) ?? {}).find(isForeign)?.[0]);
  }
  refuse(
    ADDED_TOKENS,
    Object.keys(objectOf(files, ADDED_TOKENS) ?? {}).find((token) => !USUAL.test(token)),
  );
  return files;
}

/** A model with a module that is not supported is refused before any of its other files matters. */
function checkModules(files: readonly NamedText[]): void {
  const foreign = listedModules(files).find(({ type }) => !MODULE_KINDS.test(type));
  if (!foreign) return;
  throw new EdgeBertError('unsupported', `${MODULES}: \`type\` is '${foreign.type}', which is not supported`);
}

/** For files of which the engine reads no more than their names. */
function checkJson(files: readonly NamedText[], name: string): void {
  try {
    JSON.parse(textOf(files, name) ?? '{}');
  } catch (error) {
    throw new EdgeBertError('format', `${name}: \`JSON\` is not valid (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** What is assumed of an embedding model because none of its files says it. */
export function assumptionsOf(files: readonly NamedText[]): string[] {
  const config = objectOf(files, CONFIG);
  const architectures = Array.isArray(config?.architectures) ? config.architectures : [];
  // A packed file has everything, a cross-encoder does without pooling, and a static model has the mean.
  if (
    !config ||
    isStatic(files) ||
    architectures.some((name) => /ForSequenceClassification$/.test(String(name)))
  )
    return [];
  const assumed: string[] = [];
  const has = (name: string) => textOf(files, name) !== undefined;
  if (!has(MODULES) && !has(`${POOLING}/config.json`)) {
    assumed.push(
      `pooling is assumed to be 'mean', since there is neither ${MODULES} nor ${POOLING}/config.json`,
    );
  }
  const folder = encoderFolder(files);
  if (![LENGTH, 'tokenizer_config.json'].some((name) => has(name) || has(folder + name))) {
    assumed.push(
      `the longest text is assumed to have 256 tokens, since there is neither ${LENGTH} nor tokenizer_config.json`,
    );
  }
  return assumed;
}

function refuse(name: string, field: string | undefined): void {
  if (field !== undefined) throw new EdgeBertError('unsupported', `${name}: \`${field}\` is not supported`);
}

/** A file's JSON object, empty if there is no file; undefined for anything else, which the engine refuses. */
export function objectOf(files: readonly NamedText[], name: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(textOf(files, name) ?? '{}');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a model is a table of tokens without layers, of sentence-transformers or model2vec. */
export function isStatic(files: readonly NamedText[]): boolean {
  const [first] = listedModules(files);
  if (first) return /\.StaticEmbedding$/.test(first.type);
  const config = textOf(files, CONFIG) === undefined ? undefined : objectOf(files, CONFIG);
  return config !== undefined && 'embedding_dtype' in config && !('hidden_size' in config);
}

/**
 * The folder of the encoder and its weights, with a slash, as early versions of
 * sentence-transformers saved models; empty for most models.
 */
export function encoderFolder(files: readonly NamedText[]): string {
  const encoder = modulesOf(files).find(({ type }) => /\.(Transformer|StaticEmbedding)$/.test(type));
  const folder = encoder ? `${encoder.path}/` : '';
  return folder && (isStatic(files) || textOf(files, folder + CONFIG) !== undefined) ? folder : '';
}

/** The name that sentence_bert_config.json once had for encoders of other types. */
function lengthFileOf(config: string | undefined): string | undefined {
  const type = /"model_type"\s*:\s*"(distilbert|roberta)"/.exec(config ?? '')?.[1];
  return type && `sentence_${type}_config.json`;
}

export function textOf(files: readonly NamedText[], name: string): string | undefined {
  return files.find((file) => file[0] === name)?.[1];
}

/** The folders of the modules that have weights. */
export function denseFolders(files: readonly NamedText[]): string[] {
  const paths = modulesOf(files)
    .filter(({ type }) => /\.Dense$/.test(type))
    .map(({ path }) => path);
  // A layer that is used twice has its weights once.
  return [...new Set(paths)];
}

/** The modules in modules.json that have a folder. */
function modulesOf(files: readonly NamedText[]): Module[] {
  return listedModules(files).filter(({ path }) => /^[\w-]+$/.test(path));
}

interface Module {
  readonly path: string;
  readonly type: string;
}

/** The modules in modules.json; none if it is malformed, which the engine reports. */
function listedModules(files: readonly NamedText[]): Module[] {
  let modules: unknown;
  try {
    modules = JSON.parse(textOf(files, MODULES) ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(modules)) return [];
  return modules
    .filter(isRecord)
    .map((module) => ({ path: String(module.path ?? ''), type: String(module.type) }));
}

/** The files that an index of weights names. */
export function shardsIn(index: string): string[] {
  let map: unknown;
  try {
    map = (JSON.parse(index) as { weight_map?: unknown } | null)?.weight_map;
  } catch (error) {
    throw new EdgeBertError('format', `${WEIGHTS_INDEX} is not JSON`, { cause: error });
  }
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : [];
  if (names.length === 0 || !names.every((name) => /^[\w-][\w.-]*\.safetensors$/.test(String(name)))) {
    throw new EdgeBertError('format', `${WEIGHTS_INDEX}: \`weight_map\` does not name the files of tensors`);
  }
  return names.map(String);
}
