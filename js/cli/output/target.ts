import { rmSync, statSync, type Stats } from 'node:fs';
import { access, constants, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure, reasonOf } from '../errors.js';

/** Where a command's result goes. */
export interface Output {
  /** Whether it is a file: what was written can be written over, and stays hidden until it is whole. */
  readonly isFile: boolean;
  /** Resolves when the next bytes may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Replaces the first bytes of a file. */
  rewriteStart(bytes: Uint8Array): Promise<void>;
  /** Everything is written: a file gets its name. */
  finish(): Promise<void>;
  /** Something failed: deletes what was written to a file. */
  discard(): Promise<void>;
  /** From now on the partial file outlives the process, because its work can be resumed. */
  keepPartial(): void;
  /**
   * Something failed: writes what is waiting and leaves the partial file.
   *
   * @returns whether there still is one: another process may have begun the same output.
   */
  suspend(): Promise<boolean>;
}

/** What a file is called until it is whole. */
export function partialPath(target: string): string {
  return `${target}.partial`;
}

/**
 * Whether a path is that of a device or a pipe, which is written to and never replaced by a file. What is
 * behind /dev/stdout may have no other path.
 */
export function isStream(path: string): boolean {
  try {
    const stats = statSync(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch {
    return false;
  }
}

/**
 * Opens a file, or the standard output for undefined and `-`. A file is written under its partial
 * name, and replaces what has its own name once it is whole.
 *
 * @param resumeAt continue the partial file at this byte, instead of beginning a new one
 */
export async function openOutput(path: string | undefined, resumeAt?: number): Promise<Output> {
  if (path === undefined || path === '-') return standardOutput;
  try {
    if (isStream(path)) return new FileOutput(path, await open(path, 'w'), undefined);
    const found = await existing(path);
    if (found?.stats.isDirectory()) throw new Failure(`${path} is a folder`);
    if (found) await access(found.path, constants.W_OK);
    const target = found?.path ?? path;
    const partial = partialPath(target);
    if (resumeAt === undefined) await rm(partial, { force: true });
    // Exclusive: a link that somebody else put there in the meantime is not followed.
    const handle = await open(partial, resumeAt === undefined ? 'wx' : 'r+');
    if (resumeAt !== undefined) await handle.truncate(resumeAt);
    const { ino } = await handle.stat();
    partials.set(partial, ino);
    return new FileOutput(path, handle, { partial, target, ino }, resumeAt);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const missing = (error as { code?: unknown }).code === 'ENOENT';
    const reason = missing ? `there is no folder ${dirname(path)}` : reasonOf(error);
    throw new Failure(`${path} could not be written: ${reason}`);
  }
}

/** The file of that name, behind a link or not. */
async function existing(path: string): Promise<{ path: string; stats: Stats } | undefined> {
  try {
    const real = await realpath(path);
    return { path: real, stats: await stat(real) };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Partial files that are worthless if the process ends now, with their inodes. */
const partials = new Map<string, number>();

/** To be called when the process ends before its time. */
export function removePartials(): void {
  for (const path of partials.keys()) removePartial(path);
}

function removePartial(path: string): void {
  const ino = partials.get(path);
  partials.delete(path);
  if (ino !== undefined && isStill(path, ino)) rmSync(path, { force: true });
}

/** Whether the file of that name is the one with this inode, and no later one of another process. */
function isStill(path: string, ino: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === ino;
}

/** Smaller writes are collected to as many bytes. */
const BUFFER_BYTES = 1 << 18;

class FileOutput implements Output {
  readonly isFile: boolean;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #names: { readonly partial: string; readonly target: string; readonly ino: number } | undefined;
  #position: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(
    path: string,
    handle: FileHandle,
    names: { partial: string; target: string; ino: number } | undefined,
    position = 0,
  ) {
    this.#path = path;
    this.#handle = handle;
    this.#names = names;
    this.#position = position;
    this.isFile = names !== undefined;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    // Nobody reads a partial file; a pipe may have a reader that waits.
    if (!this.isFile || this.#waitingBytes >= BUFFER_BYTES) await this.#flush();
  }

  async rewriteStart(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#attempt(() => this.#handle.write(bytes, 0, bytes.length, 0));
  }

  async finish(): Promise<void> {
    await this.#flush();
    const names = this.#names;
    if (!names) return this.#attempt(() => this.#handle.close());
    await this.#attempt(async () => {
      await this.#handle.sync();
      await this.#handle.close();
      this.#checkOwn();
      await rename(names.partial, names.target);
    });
    partials.delete(names.partial);
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    if (this.#names) removePartial(this.#names.partial);
  }

  keepPartial(): void {
    if (this.#names) partials.delete(this.#names.partial);
  }

  async suspend(): Promise<boolean> {
    this.keepPartial();
    // A full disk may be why the work ends; what is on it already still counts.
    await this.#flush().catch(() => {});
    await this.#handle.close().catch(() => {});
    return this.#names !== undefined && isStill(this.#names.partial, this.#names.ino);
  }

  async #flush(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#attempt(async () => {
      this.#checkOwn();
      // A pipe has no positions; writing may stop short of all the bytes.
      for (let from = 0; from < bytes.length;) {
        const at = this.isFile ? this.#position : null;
        const { bytesWritten } = await this.#handle.write(bytes, from, bytes.length - from, at);
        from += bytesWritten;
        this.#position += bytesWritten;
      }
    });
  }

  /** A process that begins the same output removes this one's partial file, and further work is in vain. */
  #checkOwn(): void {
    if (!this.#names || isStill(this.#names.partial, this.#names.ino)) return;
    throw new Error('another process writes to the same output');
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The reader of a pipe has had enough, as with the standard output.
      if (!this.isFile && (error as { code?: unknown }).code === 'EPIPE') process.exit(0);
      throw new Failure(`${this.#path} could not be written: ${reasonOf(error)}`);
    }
  }
}

const standardOutput: Output = {
  isFile: false,
  write: (bytes) =>
    new Promise((resolve) => {
      // A reader that has left ends the process: see the stream's error event in cli.ts.
      process.stdout.write(bytes, (error) => (error ? undefined : resolve()));
    }),
  rewriteStart: () => Promise.reject(new Failure('the standard output can only be written forwards')),
  finish: () => Promise.resolve(),
  discard: () => Promise.resolve(),
  keepPartial: () => {},
  suspend: () => Promise.resolve(false),
};
