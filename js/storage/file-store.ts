import { EdgeBertError } from '../shared/errors.js';
import { builtin, environment } from '../shared/node.js';
import { sha256 } from '../shared/sha256.js';
import type { Bytes } from '../shared/types.js';
import { asStoredModel, type ModelStore, type PieceStream, type StoredModel } from './model-store.js';
import { readAhead } from './read-ahead.js';

type FileSystem = typeof import('node:fs/promises');
type Path = typeof import('node:path');

const RECORD = 'model.json';
/** Has the key, from which the folder's name was made. */
const KEY = 'key.txt';
/** A folder's name: the first half of a SHA-256. */
const FOLDER = /^[0-9a-f]{32}$/;

/**
 * Models in the platform's cache folder, for Node, Deno and Bun: a folder for each model, with a
 * file for each piece, one for the record and one for the key. Every file is written under a
 * temporary name and then renamed, so that a killed process, or a concurrent one, leaves no partial
 * file.
 */
export class FileStore implements ModelStore {
  readonly #fs: FileSystem;
  readonly #path: Path;
  readonly #root: string;
  #writes = 0;

  private constructor(fs: FileSystem, path: Path, root: string) {
    this.#fs = fs;
    this.#path = path;
    this.#root = root;
  }

  /**
   * The store in the folder that EDGEBERT_CACHE names, else in this platform's cache folder;
   * undefined if there is no file system.
   *
   * @throws EdgeBertError `unsupported` if there is no home folder to put it in.
   */
  static open(): FileStore | undefined {
    const fs = builtin('node:fs/promises');
    const path = builtin('node:path');
    // workerd's files are in the memory of one request's isolate.
    const memoryOnly = globalThis.navigator?.userAgent === 'Cloudflare-Workers';
    if (!fs || !path || memoryOnly) return undefined;
    const own = environment('EDGEBERT_CACHE');
    return new FileStore(fs, path, own === undefined ? defaultRoot(path) : path.resolve(own));
  }

  async find(key: string): Promise<StoredModel | undefined> {
    return this.#record(await this.#folder(key), key);
  }

  async read(key: string, index: number): Promise<Bytes | undefined> {
    const buffer = await absentAsUndefined(this.#fs.readFile(await this.#file(key, pieceName(index))));
    return buffer && new Uint8Array(buffer);
  }

  pieces({ key, hashes }: StoredModel): PieceStream {
    return readAhead(hashes.length, (index) => this.read(key, index));
  }

  async write(key: string, index: number, piece: Bytes): Promise<void> {
    const folder = await this.#folder(key);
    if ((await this.#readKey(folder)) !== key) await this.#put(this.#path.join(folder, KEY), key);
    await this.#put(await this.#file(key, pieceName(index)), piece);
  }

  async complete(model: StoredModel): Promise<boolean> {
    const names = await this.#names(await this.#folder(model.key));
    const pieces = names.filter((name) => /^\d+$/.test(name)).length;
    if (pieces !== model.hashes.length) return false;
    await this.#put(await this.#file(model.key, RECORD), JSON.stringify(model));
    return true;
  }

  /** A file system reads the files of pieces as fast as one file. */
  async settle(): Promise<void> {}

  async update(key: string, change: (model: StoredModel) => StoredModel): Promise<void> {
    const model = await this.find(key);
    if (model) await this.#put(await this.#file(key, RECORD), JSON.stringify(change(model)));
  }

  async touch(key: string): Promise<void> {
    const now = new Date();
    await this.#fs.utimes(await this.#file(key, RECORD), now, now);
  }

  async list(): Promise<StoredModel[]> {
    const models = await Promise.all((await this.keys()).map((key) => this.find(key)));
    return models.filter((model) => model !== undefined);
  }

  async delete(key: string): Promise<void> {
    // The record first: without it, the rest is only an interrupted download.
    await this.#fs.rm(await this.#file(key, RECORD), { force: true, recursive: true });
    await this.#fs.rm(await this.#folder(key), { recursive: true, force: true });
    await this.#fs.rm(this.#path.join(this.#root, oldFolderName(key)), { recursive: true, force: true });
  }

  /** Folders with other names do not belong to this cache. */
  async keys(): Promise<string[]> {
    const keys = await Promise.all((await this.#names(this.#root)).map((folder) => this.#keyOf(folder)));
    return [...new Set(keys.filter((key) => key !== undefined))];
  }

  close(): void {}

  async #keyOf(folder: string): Promise<string | undefined> {
    if (!FOLDER.test(folder)) return oldKeyOf(folder);
    const key = await this.#readKey(this.#path.join(this.#root, folder));
    return key !== undefined && (await folderName(key)) === folder ? key : undefined;
  }

  async #readKey(folder: string): Promise<string | undefined> {
    return this.#fs.readFile(this.#path.join(folder, KEY), 'utf8').catch(() => undefined);
  }

  /** The record in a folder, with the time of its last use; undefined if it is missing or damaged. */
  async #record(folder: string, key: string): Promise<StoredModel | undefined> {
    const file = this.#path.join(folder, RECORD);
    let value: unknown;
    try {
      value = JSON.parse(await this.#fs.readFile(file, 'utf8'));
      const { mtimeMs } = await this.#fs.stat(file);
      const model = asStoredModel({ ...(value as object), lastUsed: mtimeMs });
      return model?.key === key ? model : undefined;
    } catch (error) {
      // Whatever else has that name is replaced by the next download.
      if (error instanceof SyntaxError || ['ENOENT', 'EISDIR'].includes(codeOf(error))) return undefined;
      throw this.#explained(error);
    }
  }

  async #names(folder: string): Promise<string[]> {
    try {
      return (await absentAsUndefined(this.#fs.readdir(folder))) ?? [];
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #put(file: string, content: Bytes | string): Promise<void> {
    const temporary = `${file}.${globalThis.process.pid}-${this.#writes++}.tmp`;
    try {
      await this.#fs.mkdir(this.#path.dirname(file), { recursive: true });
      await this.#fs.writeFile(temporary, content);
      await this.#fs.rename(temporary, file).catch(async (error: unknown) => {
        // A folder with the file's name is damage too.
        if (!['EISDIR', 'ENOTEMPTY'].includes(codeOf(error))) throw error;
        await this.#fs.rm(file, { recursive: true, force: true });
        await this.#fs.rename(temporary, file);
      });
    } catch (error) {
      await this.#fs.rm(temporary, { force: true }).catch(() => {});
      throw this.#explained(error);
    }
  }

  async #folder(key: string): Promise<string> {
    return this.#path.join(this.#root, await folderName(key));
  }

  async #file(key: string, name: string): Promise<string> {
    return this.#path.join(await this.#folder(key), name);
  }

  /** An error that says what to do about an unusable cache folder. */
  #explained(error: unknown): unknown {
    if (!['ENOTDIR', 'EEXIST', 'EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) return error;
    return new EdgeBertError(
      'state',
      `the cache folder ${this.#root} can't be used (${(error as Error).message}); set EDGEBERT_CACHE to another folder`,
      { cause: error },
    );
  }
}

/** The cache folder of this platform and user. */
function defaultRoot(path: Path): string {
  const home = homeFolder(path);
  const local = environment('LOCALAPPDATA');
  // The XDG specification says to ignore relative paths.
  const xdg = [environment('XDG_CACHE_HOME')].find((folder) => folder && path.isAbsolute(folder));
  const parents: Record<string, string | undefined> = {
    win32: local ?? (home && path.join(home, 'AppData', 'Local')),
    darwin: home && path.join(home, 'Library', 'Caches'),
  };
  const { platform } = globalThis.process;
  const parent = platform in parents ? parents[platform] : (xdg ?? (home && path.join(home, '.cache')));
  if (parent === undefined) {
    throw new EdgeBertError('unsupported', 'there is no home folder; set EDGEBERT_CACHE to a folder');
  }
  return path.join(parent, 'edgebert');
}

/** A user without an entry in the system's list has none, and an empty HOME would be a relative folder. */
function homeFolder(path: Path): string | undefined {
  const os = builtin('node:os')!;
  for (const find of [() => os.homedir(), () => os.userInfo().homedir]) {
    try {
      const folder = find();
      if (path.isAbsolute(folder)) return folder;
    } catch {
      // The next one may know.
    }
  }
  return undefined;
}

async function folderName(key: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(key))).slice(0, 32);
}

/** The name that version 0.1.0 gave a key's folder; it is only removed. */
function oldFolderName(key: string): string {
  return encodeURIComponent(key).slice(0, 255);
}

function oldKeyOf(folder: string): string | undefined {
  try {
    const key = decodeURIComponent(folder);
    return /.@(int8|f32)/.test(key) && oldFolderName(key) === folder ? key : undefined;
  } catch {
    return undefined;
  }
}

function pieceName(index: number): string {
  return String(index).padStart(5, '0');
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
