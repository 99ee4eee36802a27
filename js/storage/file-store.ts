import { builtin } from '../shared/node.js';

import type { ModelStore, StoredModel } from './model-store.js';
import type { Bytes } from '../shared/types.js';

type FileSystem = typeof import('node:fs/promises');
type Path = typeof import('node:path');

const RECORD = 'model.json';

/**
 * Models in the platform's cache folder, for Node, Deno and Bun: a folder each, in it a file for
 * each piece and one for the record. Every file is written under a temporary name and then renamed,
 * so that a process which is killed, or another one beside it, leaves no half of one.
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
   * undefined where there is no file system.
   */
  static open(): FileStore | undefined {
    const fs = builtin('node:fs/promises');
    const path = builtin('node:path');
    const os = builtin('node:os');
    if (!fs || !path || !os) return undefined;
    const { env, platform } = globalThis.process;
    const home = os.homedir();
    const parents: Record<string, string | undefined> = {
      win32: env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'),
      darwin: path.join(home, 'Library', 'Caches'),
    };
    const parent = parents[platform] ?? (env.XDG_CACHE_HOME || path.join(home, '.cache'));
    return new FileStore(fs, path, env.EDGEBERT_CACHE || path.join(parent, 'edgebert'));
  }

  async find(key: string): Promise<StoredModel | undefined> {
    const file = this.#file(key, RECORD);
    const text = await absentAsUndefined(this.#fs.readFile(file, 'utf8'));
    if (text === undefined) return undefined;
    const { mtimeMs } = await this.#fs.stat(file);
    try {
      return { ...(JSON.parse(text) as StoredModel), lastUsed: mtimeMs };
    } catch {
      return undefined;
    }
  }

  async read(key: string, index: number): Promise<Bytes | undefined> {
    const buffer = await absentAsUndefined(this.#fs.readFile(this.#piece(key, index)));
    return buffer && new Uint8Array(buffer);
  }

  async write(key: string, index: number, piece: Bytes): Promise<void> {
    await this.#put(this.#piece(key, index), piece);
  }

  async complete(model: StoredModel): Promise<boolean> {
    const names = (await absentAsUndefined(this.#fs.readdir(this.#file(model.key)))) ?? [];
    const pieces = names.filter((name) => /^\d+$/.test(name)).length;
    if (pieces !== model.hashes.length) return false;
    await this.#put(this.#file(model.key, RECORD), JSON.stringify(model));
    return true;
  }

  async touch(key: string): Promise<void> {
    const now = new Date();
    await this.#fs.utimes(this.#file(key, RECORD), now, now);
  }

  async list(): Promise<StoredModel[]> {
    const models = await Promise.all((await this.keys()).map((key) => this.find(key)));
    return models.filter((model) => model !== undefined);
  }

  async delete(key: string): Promise<void> {
    // The record first: without it, the rest is only the beginning of a download.
    await this.#fs.rm(this.#file(key, RECORD), { force: true });
    await this.#fs.rm(this.#file(key), { recursive: true, force: true });
  }

  async keys(): Promise<string[]> {
    const names = (await absentAsUndefined(this.#fs.readdir(this.#root))) ?? [];
    // Whatever else lies there is not ours.
    return names.filter((name) => name.includes('%40')).map(decodeURIComponent);
  }

  close(): void {}

  async #put(file: string, content: Bytes | string): Promise<void> {
    await this.#fs.mkdir(this.#path.dirname(file), { recursive: true });
    const temporary = `${file}.${globalThis.process.pid}-${this.#writes++}.tmp`;
    try {
      await this.#fs.writeFile(temporary, content);
      await this.#fs.rename(temporary, file);
    } catch (error) {
      await this.#fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  }

  #piece(key: string, index: number): string {
    return this.#file(key, String(index).padStart(5, '0'));
  }

  #file(key: string, name = ''): string {
    return this.#path.join(this.#root, encodeURIComponent(key), name);
  }
}

async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}
