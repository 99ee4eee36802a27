import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import type { TextRecord } from '../input/record.js';
import { isResumable, openWriter, type OutputFormat } from './formats.js';
import { openOutput, type Output } from './target.js';
import type { OutputSchema, VectorWriter } from './writer.js';

/** Where a job begins, or continues. */
export interface Start {
  /** Shards that are whole. */
  readonly shards: number;
  /** Rows and bytes that the file after them has already. */
  readonly rows: number;
  readonly bytes: number;
}

export interface OutputPlan {
  readonly path: string | undefined;
  readonly format: OutputFormat;
  readonly schema: OutputSchema;
  /** Rows of each shard but the last; undefined for a single file. */
  readonly rowsPerShard: number | undefined;
  /** How many shards there are at least; the last ones may be empty. */
  readonly shards: number | undefined;
}

/** The file of one shard: `out.npy` becomes `out-00000.npy`, `out-00001.npy` and so on. */
export function shardPath(path: string, shard: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${String(shard).padStart(5, '0')}${extension}`;
}

/** One output file, or one shard after the other. */
export class OutputFiles {
  readonly #plan: OutputPlan;
  readonly #shardDone: (shards: number) => Promise<void>;
  #shards: number;
  #rows: number;
  #bytes: number;
  #current: { output: Output; writer: VectorWriter } | undefined;

  /** @param shardDone is called after each whole shard, with how many there are */
  constructor(plan: OutputPlan, start: Start, shardDone: (shards: number) => Promise<void>) {
    this.#plan = plan;
    this.#shards = start.shards;
    this.#rows = start.rows;
    this.#bytes = start.bytes;
    this.#shardDone = shardDone;
  }

  /** Shards that are whole. */
  get shards(): number {
    return this.#shards;
  }

  /** Opens the first file, so that an output that cannot be written fails before the work begins. */
  async open(): Promise<void> {
    const { path, format, schema, rowsPerShard } = this.#plan;
    const name = rowsPerShard === undefined || path === undefined ? path : shardPath(path, this.#shards);
    const output = await openOutput(name, this.#rows > 0 ? this.#bytes : undefined);
    try {
      this.#current = { output, writer: await openWriter(format, output, schema, this.#rows) };
    } catch (error) {
      await output.discard();
      throw error;
    }
    if (this.#rows > 0) output.keepPartial();
  }

  async add(record: TextRecord, vector: Float32Array): Promise<void> {
    if (this.#rows === this.#plan.rowsPerShard) await this.#closeShard();
    if (!this.#current) await this.open();
    const { output, writer } = this.#current!;
    await writer.add(record, vector);
    this.#rows++;
    if (isResumable(this.#plan.format)) output.keepPartial();
  }

  async finish(): Promise<void> {
    if (this.#plan.rowsPerShard === undefined) return this.#close();
    do await this.#closeShard();
    while (this.#shards < (this.#plan.shards ?? 0));
  }

  /**
   * The work failed: keeps what can be resumed.
   *
   * @returns whether there is any.
   */
  async suspend(): Promise<boolean> {
    const output = this.#current?.output;
    if (!output?.isFile) return this.#shards > 0;
    if (this.#rows > 0 && isResumable(this.#plan.format)) return (await output.suspend()) || this.#shards > 0;
    await output.discard();
    return this.#shards > 0;
  }

  async #closeShard(): Promise<void> {
    await this.#close();
    this.#rows = 0;
    await this.#shardDone(++this.#shards);
  }

  async #close(): Promise<void> {
    if (!this.#current) await this.open();
    const { output, writer } = this.#current!;
    await writer.finish();
    await output.finish();
    this.#current = undefined;
  }
}

/** Deletes shards of an earlier, longer job, which a reader of the folder would take for new. */
export async function removeShardsFrom(path: string, first: number): Promise<void> {
  for (let shard = first; ; shard++) {
    try {
      await rm(shardPath(path, shard));
    } catch {
      return;
    }
  }
}
