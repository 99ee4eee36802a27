import { EdgeBertError } from '../shared/errors.js';
import { isRecord } from '../shared/guards.js';
import type { NamedText } from '../shared/types.js';

export const WEIGHTS = 'model.safetensors';
/** Lists the files that large weights are split into. */
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** PyTorch's own format, in which older models come. */
export const PYTORCH_WEIGHTS = 'pytorch_model.bin';

const CONFIG = 'config.json';
const MODULES = 'modules.json';
/** What sentence-transformers says of a model, its prompts among it. */
export const ABOUT = 'config_sentence_transformers.json';
const TOKENIZER = 'tokenizer.json';
/** Read where there is no tokenizer.json. */
const VOCABULARY = 'vocab.txt';
const ADDED_TOKENS = 'added_tokens.json';
const LENGTH = 'sentence_bert_config.json';
const ENCODER_FILES = [CONFIG, TOKENIZER, 'tokenizer_config.json', LENGTH];
/** The files that say what a model is, where it has them; the engine says which it misses. */
const FILES = [...ENCODER_FILES, MODULES, ABOUT];

/** Fields that are not understood here, and with which a model is another one, unless they are empty. */
const FOREIGN = /^((?!model)\w+_(kw)?args|query_length|document_length|truncate_dim)$/;
/** The tokens that are there in any case. Others are known only with flags that added_tokens.json lacks. */
const USUAL = /^\[(UNK|SEP|PAD|CLS|MASK)]$/;

/** Reads the files beside a model's weights; `read` gives undefined for one that is not there. */
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
  files.push(...(await readAll(modulesOf(files).map(({ path }) => `${path}/config.json`))));
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

function refuse(name: string, field: string | undefined): void {
  if (field !== undefined) throw new EdgeBertError('unsupported', `${name}: \`${field}\` is not supported`);
}

/** A file's JSON object, empty where there is no file; undefined for anything else, which the engine refuses. */
export function objectOf(files: readonly NamedText[], name: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(textOf(files, name) ?? '{}');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The folder of the encoder and its weights, with its slash, as sentence-transformers once saved
 * models; mostly there is none.
 */
export function encoderFolder(files: readonly NamedText[]): string {
  const encoder = modulesOf(files).find(({ type }) => /\.Transformer$/.test(type));
  const folder = encoder ? `${encoder.path}/` : '';
  return folder && textOf(files, folder + CONFIG) !== undefined ? folder : '';
}

/** What sentence-transformers once called sentence_bert_config.json for encoders of other types. */
function lengthFileOf(config: string | undefined): string | undefined {
  const type = /"model_type"\s*:\s*"(distilbert|roberta)"/.exec(config ?? '')?.[1];
  return type && `sentence_${type}_config.json`;
}

export function textOf(files: readonly NamedText[], name: string): string | undefined {
  return files.find((file) => file[0] === name)?.[1];
}

/** The folders of the modules that have weights of their own. */
export function denseFolders(files: readonly NamedText[]): string[] {
  return modulesOf(files)
    .filter(({ type }) => /\.Dense$/.test(type))
    .map(({ path }) => path);
}

/** The modules in modules.json that have a folder. What they are worth is for the engine to say. */
function modulesOf(files: readonly NamedText[]): { path: string; type: string }[] {
  let modules: unknown;
  try {
    modules = JSON.parse(textOf(files, MODULES) ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(modules)) return [];
  return modules.flatMap((module: { path?: unknown; type?: unknown } | null) => {
    const path = String(module?.path);
    return /^[\w-]+$/.test(path) ? [{ path, type: String(module?.type) }] : [];
  });
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

/** The error for a model that comes only in PyTorch's own format. */
export function pytorchError(file: string): EdgeBertError {
  return new EdgeBertError(
    'unsupported',
    `${file} is in PyTorch's own format, which is not read here: convert it to ${WEIGHTS}, ` +
      `for instance with \`save_pretrained\` of transformers or sentence-transformers`,
  );
}
