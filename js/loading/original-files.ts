import type { NamedText } from '../shared/types.js';
import { fileUrl } from '../shared/urls.js';
import { describe, quote } from '../shared/describe.js';
import { EdgeBertError } from '../shared/errors.js';
import { isRecord } from '../shared/guards.js';
import { discard, RefusedError, request, requestText, type HttpOptions } from './http.js';
import { JoinedFile, type SequentialFile, type WeightsPart } from './joined-file.js';
import type { Original } from './locate.js';
import type { RemoteFile } from './remote-file.js';
import { pytorchError, WEIGHTS } from './safetensors.js';
import {
  ABOUT,
  denseFolders,
  encoderFolder,
  isStatic,
  MODULES,
  objectOf,
  PYTORCH_WEIGHTS,
  readSideFiles,
  shardsIn,
  textOf,
  WEIGHTS_INDEX,
} from './side-files.js';

const CONFIG = 'config.json';
/** A file that no model has: how a server answers for it is how it answers for missing ones. */
const NO_FILE = 'edgebert-probe-for-missing-files.json';

/** The files beside an original's weights. */
export interface SideFiles {
  readonly files: readonly NamedText[];
  /** What makes it uncertain that these are all of them; the model should not be cached then. */
  readonly doubt: string | undefined;
}

/**
 * Fetches the files beside the weights; the first one alone, since it shows whether there is a server, and
 * without it that by which a model has others.
 */
export async function readOriginalFiles(original: Original, http: HttpOptions): Promise<SideFiles> {
  const { folder, sideFiles, prompts } = original;
  if (sideFiles) return { files: await readListed(folder, sideFiles, http), doubt: undefined };
  const reader = new OptionalFiles(folder, http);
  const config = await reader.read(CONFIG);
  if (config === undefined && (await reader.read(MODULES)) === undefined) throw reader.missing.get(CONFIG)!;
  const files = await readSideFiles((name) => reader.read(name));
  // sentence-transformers saves a static model without this file.
  if (textOf(files, CONFIG) === undefined && !isStatic(files)) throw reader.missing.get(CONFIG)!;
  return { files: prompts ? withPrompts(files, prompts) : files, doubt: reader.doubt };
}

async function readListed(folder: string, names: readonly string[], http: HttpOptions): Promise<NamedText[]> {
  const read = async (name: string): Promise<NamedText> => [name, await requestFile(folder, name, http)];
  const [first, ...others] = names;
  return [...(first === undefined ? [] : [await read(first)]), ...(await Promise.all(others.map(read)))];
}

/** What servers answer in JSON in place of a file, with status 200. */
const FAILURE = /^(error|errors|message|detail|details|code|status|statusCode|success|path|timestamp)$/;

async function requestFile(folder: string, name: string, http: HttpOptions): Promise<string> {
  const url = fileUrl(folder, name);
  const text = await requestText(url, http);
  if (name.endsWith('.json')) checkJson(url, text);
  return text;
}

/**
 * Whatever is wrong within a file, the engine says. Fields that it does not know it leaves aside, so that it
 * would take a server's error for a file without settings.
 */
function checkJson(url: string, text: string): void {
  if (!/^\s*[[{]/.test(text)) {
    const seen =
      text.trim() === '' ? 'it is empty' : `it begins with ${quote(text.trimStart().slice(0, 40))}`;
    const advice = /^version https:\/\/git-lfs/.test(text) ? ', a Git LFS pointer: run `git lfs pull`' : '';
    throw new EdgeBertError('format', `${url} is not JSON: ${seen}${advice}`);
  }
  // Most files need no second look, and a tokenizer.json is large.
  const [, first = ''] = /^\s*\{\s*"(\w+)"/.exec(text) ?? [];
  if (!FAILURE.test(first)) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  if (!isRecord(value) || !['error', 'errors', 'message', 'detail'].some((name) => name in value)) return;
  if (!Object.keys(value).every((name) => FAILURE.test(name))) return;
  throw new RefusedError(
    `${url} answered 200 with an error, not with the file (${describe(text.trim())})`,
    200,
  );
}

/** Files that a folder may have or lack. */
class OptionalFiles {
  /** The answers for those that it lacks. */
  readonly missing = new Map<string, RefusedError>();
  doubt: string | undefined;
  readonly #folder: string;
  readonly #http: HttpOptions;
  #probe: Promise<number | undefined> | undefined;
  readonly #read = new Map<string, Promise<string | undefined>>();

  constructor(folder: string, http: HttpOptions) {
    this.#folder = folder;
    this.#http = http;
  }

  /** Undefined for one that does not exist. @throws for any other reason that it can't be read. */
  read(name: string): Promise<string | undefined> {
    let answer = this.#read.get(name);
    if (!answer) this.#read.set(name, (answer = this.#fetch(name)));
    return answer;
  }

  async #fetch(name: string): Promise<string | undefined> {
    try {
      return await requestFile(this.#folder, name, this.#http);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (!error.isAbsent) {
        // Object stores answer 403 for what they don't have, and some servers a web page.
        if (error.status !== (await this.#statusForMissing())) throw error;
        this.doubt ??= `${error.message}; as that is its answer for files that don't exist, the file is taken to be missing`;
      }
      this.missing.set(name, error);
      return undefined;
    }
  }

  #statusForMissing(): Promise<number | undefined> {
    this.#probe ??= request(fileUrl(this.#folder, NO_FILE), this.#http).then(
      (response) => {
        discard(response);
        return undefined;
      },
      (error: unknown) => (error instanceof RefusedError ? error.status : undefined),
    );
    return this.#probe;
  }
}

/** The same files, with these prompts if they have none. */
function withPrompts(files: NamedText[], prompts: Readonly<Record<string, string>>): NamedText[] {
  const about = objectOf(files, ABOUT);
  const lacks = about && Object.keys(about.prompts ?? {}).length === 0 && Object.keys(prompts).length > 0;
  return lacks ? [...files, [ABOUT, JSON.stringify({ ...about, prompts })]] : files;
}

/** Opens the weights: one file or the shards of an index, and those of the modules after the encoder. */
export async function openWeights(
  { folder, checkpoint }: Original,
  files: readonly NamedText[],
  http: HttpOptions,
  open: (url: string, place?: { offset: number }) => RemoteFile,
): Promise<SequentialFile> {
  if (checkpoint) return open(fileUrl(folder, checkpoint.file));
  const inEncoder = (name: string) => fileUrl(folder, encoderFolder(files) + name);
  const whole = open(inEncoder(WEIGHTS));
  let names = [WEIGHTS];
  try {
    await whole.open();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const index = await ifPresent(requestText(inEncoder(WEIGHTS_INDEX), http));
    if (index === undefined) throw await explained(error, inEncoder(PYTORCH_WEIGHTS), http);
    names = shardsIn(index);
  }
  const dense = denseFolders(files);
  if (names.length === 1 && names[0] === WEIGHTS && dense.length === 0) return whole;
  whole.close();
  const part = (prefix: string, at: (name: string) => string, name: string): WeightsPart => {
    const place = { offset: 0 };
    const explain = (error: unknown) => explained(error, at(PYTORCH_WEIGHTS), http);
    return { prefix, file: open(at(name), place), place, explain };
  };
  return new JoinedFile([
    ...names.map((name) => part('', inEncoder, name)),
    ...dense.map((path) => part(`${path}/`, (name) => fileUrl(folder, `${path}/${name}`), WEIGHTS)),
  ]);
}

/** The error for weights that don't exist: it says so if they exist in PyTorch's own format. */
async function explained(error: unknown, pytorch: string, http: HttpOptions): Promise<unknown> {
  if (!isAbsent(error)) return error;
  const response = await ifPresent(request(pytorch, http)).catch(() => undefined);
  if (!response) return error;
  discard(response);
  return pytorchError(pytorch);
}

/** Undefined if the server doesn't have the file. */
async function ifPresent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether weights are not there; an object store's answer for that may be any refusal. */
function isAbsent(error: unknown): boolean {
  return error instanceof RefusedError;
}
