import { randomUUID } from 'node:crypto';
import { copyFile, constants, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Failure, reasonOf } from './errors.js';
import { checkAppendable, extentOf, isResumable, type OutputFormat } from './output/formats.js';
import { shardPath, type Start } from './output/files.js';
import { partialPath } from './output/target.js';

/** Everything that decides the bytes of an output; a job is only resumed with the same. */
export type Signature = Readonly<Record<string, unknown>>;

/** The part of a signature that a job which met an invalid record may be resumed with another value of. */
export const INVALID = 'handling of invalid input';

interface State {
  readonly signature: Signature;
  /** Which process writes: the one that began or resumed the job last. */
  readonly run: string;
  /** Rows that the output had before, with `--append`. */
  readonly appendedTo: number;
  readonly rowsPerShard: number | undefined;
  readonly shards: number;
}

/**
 * A job whose progress outlives its process: a small file beside the output says what the job is
 * and which shards are whole; the rows of the file after them are counted in its partial file.
 */
export class EmbedJob {
  readonly #file: string;
  readonly #output: string;
  readonly #format: OutputFormat;
  readonly #dimension: number;
  #state: State;
  #start: Start = { shards: 0, rows: 0, bytes: 0 };

  private constructor(output: string, format: OutputFormat, dimension: number, state: State) {
    this.#output = output;
    this.#file = `${output}.job.json`;
    this.#format = format;
    this.#dimension = dimension;
    this.#state = state;
  }

  /** A new job; with `append` it continues a copy of the output. */
  static async begin(
    output: string,
    format: OutputFormat,
    dimension: number,
    signature: Signature,
    { append, rowsPerShard }: { append: boolean; rowsPerShard: number | undefined },
  ): Promise<EmbedJob> {
    const state = { signature, run: randomUUID(), appendedTo: 0, rowsPerShard, shards: 0 };
    const job = new EmbedJob(output, format, dimension, state);
    if (append) await job.#append();
    return job;
  }

  /**
   * The job that was interrupted at this output, or undefined if there is none.
   *
   * @throws Failure if it was another one.
   */
  static async resume(
    output: string,
    format: OutputFormat,
    dimension: number,
    signature: Signature,
  ): Promise<EmbedJob | undefined> {
    let state: State;
    try {
      state = JSON.parse(await readFile(`${output}.job.json`, 'utf8')) as State;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw new Failure(`${output}.job.json could not be read: ${reasonOf(error)}`);
    }
    const before: Signature = state.signature ?? {};
    for (const name of new Set([...Object.keys(before), ...Object.keys(signature)])) {
      const [then, now] = [before[name], signature[name]].map((value) => JSON.stringify(value));
      // What was read up to a record that fails is the same, whatever becomes of that record.
      if (then === now || (name === INVALID && before[INVALID] === 'fail')) continue;
      throw new Failure(
        `the interrupted job of ${output} had another ${name} (${then}, and now ${now}); ` +
          `run it as it was, or without --resume to start over`,
      );
    }
    const job = new EmbedJob(output, format, dimension, { ...state, signature, run: randomUUID() });
    await job.#findStart();
    return job;
  }

  get start(): Start {
    return this.#start;
  }

  get rowsPerShard(): number | undefined {
    return this.#state.rowsPerShard;
  }

  /** How many records are in the output already. */
  get done(): number {
    const { shards, rows } = this.#start;
    return shards * (this.#state.rowsPerShard ?? 0) + rows - this.#state.appendedTo;
  }

  async shardDone(shards: number): Promise<void> {
    await this.checkOwn();
    this.#state = { ...this.#state, shards };
    await this.save();
  }

  /**
   * Two processes that resume the same job share its partial file; only the later one may give it its name.
   *
   * @throws Failure if this is the earlier one.
   */
  async checkOwn(): Promise<void> {
    if (await this.isOwn()) return;
    throw new Failure(`${this.#output} could not be written: another process writes to the same output`);
  }

  /** Nothing is left to resume. */
  async end(): Promise<void> {
    if (await this.isOwn()) await rm(this.#file, { force: true });
  }

  async isOwn(): Promise<boolean> {
    try {
      const { run } = JSON.parse(await readFile(this.#file, 'utf8')) as State;
      return run === this.#state.run;
    } catch {
      return false;
    }
  }

  async #append(): Promise<void> {
    const extent = await extentOf(this.#output, this.#format, this.#dimension);
    if (!extent) return;
    await checkAppendable(this.#output, this.#format, this.#dimension);
    if (!extent.whole) {
      throw new Failure(`${this.#output} does not end with a whole row: nothing can be appended to it`);
    }
    const partial = partialPath(this.#output);
    try {
      await rm(partial, { force: true });
      await copyFile(this.#output, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    } catch (error) {
      throw new Failure(`${partial} could not be written: ${reasonOf(error)}`);
    }
    this.#state = { ...this.#state, appendedTo: extent.rows };
    this.#start = { shards: 0, rows: extent.rows, bytes: extent.bytes };
  }

  async #findStart(): Promise<void> {
    const { shards, rowsPerShard } = this.#state;
    const target = rowsPerShard === undefined ? this.#output : shardPath(this.#output, shards);
    const partial = partialPath(target);
    const extent = isResumable(this.#format)
      ? await extentOf(partial, this.#format, this.#dimension)
      : undefined;
    this.#start = { shards, rows: extent?.rows ?? 0, bytes: extent?.bytes ?? 0 };
    if (this.#start.rows < this.#state.appendedTo) {
      throw new Failure(`${partial} is missing or damaged; run the command without --resume`);
    }
  }

  /** Makes the job one that can be resumed. */
  async save(): Promise<void> {
    const temporary = `${this.#file}.${process.pid}`;
    try {
      await writeFile(temporary, JSON.stringify(this.#state), { flag: 'wx' });
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new Failure(`${this.#file} could not be written: ${reasonOf(error)}`);
    }
  }
}
