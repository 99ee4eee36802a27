import { rmSync, type Stats } from 'node:fs';
import { access, constants, open, realpath, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure, reasonOf } from './errors.js';

/** Where a command's result goes. */
export interface Output {
  /** Whether what was written can be written over. */
  readonly seekable: boolean;
  /** Resolves when the next bytes may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Replaces the first bytes. */
  rewriteStart(bytes: Uint8Array): Promise<void>;
  /** All of it was written. */
  finish(): Promise<void>;
  /** Something failed: nothing of it stays. */
  discard(): Promise<void>;
}

/** Opens a file, or the standard output for undefined and `-`. */
export async function openOutput(path: string | undefined): Promise<Output> {
  if (path === undefined || path === '-') return standardOutput;
  try {
    const found = await existing(path);
    if (found?.stats.isDirectory()) throw new Failure(`${path} is a folder`);
    // A device or a pipe is written to as it is: to put a file in its place would be no help.
    if (found && !found.stats.isFile()) return new FileOutput(path, await open(path, 'w'), undefined);
    if (found) await access(found.path, constants.W_OK);
    const target = found?.path ?? path;
    const temporary = `${target}.${process.pid}.tmp`;
    const handle = await open(temporary, 'w');
    temporaries.add(temporary);
    return new FileOutput(path, handle, { temporary, target });
  } catch (error) {
    if (error instanceof Failure) throw error;
    const missing = (error as { code?: unknown }).code === 'ENOENT';
    throw new Failure(
      `${path} can't be written: ${missing ? `there is no folder ${dirname(path)}` : reasonOf(error)}`,
    );
  }
}

/** What lies there, behind a link or not. */
async function existing(path: string): Promise<{ path: string; stats: Stats } | undefined> {
  try {
    const real = await realpath(path);
    return { path: real, stats: await stat(real) };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Files that are not whole yet. */
const temporaries = new Set<string>();

/** To be called when the process ends before its time. */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { force: true });
  temporaries.clear();
}

/** Small writes are put together to as many bytes. */
const BUFFER_BYTES = 1 << 18;

/** Writes beside the file, and puts what it wrote in its place when it is whole. */
class FileOutput implements Output {
  readonly seekable: boolean;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #whole: { readonly temporary: string; readonly target: string } | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(path: string, handle: FileHandle, whole: { temporary: string; target: string } | undefined) {
    this.#path = path;
    this.#handle = handle;
    this.#whole = whole;
    this.seekable = whole !== undefined;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    // Nobody looks at a file that is not whole; a pipe may have a reader who waits.
    if (!this.seekable || this.#waitingBytes >= BUFFER_BYTES) await this.#flush();
  }

  async rewriteStart(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#attempt(() => this.#handle.write(bytes, 0, bytes.length, 0));
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#attempt(() => this.#handle.close());
    const whole = this.#whole;
    if (!whole) return;
    await this.#attempt(() => rename(whole.temporary, whole.target));
    temporaries.delete(whole.temporary);
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    removeTemporaries();
  }

  async #flush(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#attempt(() => this.#handle.appendFile(bytes));
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new Failure(`${this.#path} can't be written: ${reasonOf(error)}`);
    }
  }
}

const standardOutput: Output = {
  seekable: false,
  write: (bytes) =>
    new Promise((resolve) => {
      // A reader that is gone ends the process: see the event of the stream.
      process.stdout.write(bytes, (error) => (error ? undefined : resolve()));
    }),
  rewriteStart: () => Promise.reject(new Failure('the standard output has no way back')),
  finish: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};
