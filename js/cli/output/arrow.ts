import type * as Arrow from 'apache-arrow';
import type { TextRecord } from '../input/record.js';
import { optionalPackage } from '../optional.js';
import { ColumnBuilder } from './columns.js';
import type { Output } from './target.js';
import type { OutputSchema, VectorWriter } from './writer.js';

/** Arrow's IPC format: the file format (Feather 2) in a file, the stream format on a pipe. */
export class ArrowWriter implements VectorWriter {
  readonly #output: Output;
  readonly #columns: ColumnBuilder;
  readonly #writer: Arrow.RecordBatchWriter;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #next: Promise<IteratorResult<Uint8Array>>;
  #batches = 0;

  private constructor(arrow: typeof Arrow, output: Output, schema: OutputSchema) {
    this.#output = output;
    this.#columns = new ColumnBuilder(arrow, schema);
    this.#writer = output.isFile ? new arrow.RecordBatchFileWriter() : new arrow.RecordBatchStreamWriter();
    this.#chunks = this.#writer[Symbol.asyncIterator]();
    this.#next = this.#chunks.next();
  }

  static async open(output: Output, schema: OutputSchema): Promise<ArrowWriter> {
    const arrow = await optionalPackage<typeof Arrow>('apache-arrow', 'Arrow output');
    return new ArrowWriter(arrow, output, schema);
  }

  async add(record: TextRecord, vector: Float32Array): Promise<void> {
    const batch = this.#columns.add(record, vector);
    if (batch) await this.#write(batch);
  }

  async finish(): Promise<void> {
    const rest = this.#columns.take();
    if (rest.numRows > 0 || this.#batches === 0) await this.#write(rest);
    this.#writer.finish();
    await this.#drain();
  }

  async #write(batch: Arrow.RecordBatch): Promise<void> {
    this.#batches++;
    this.#writer.write(batch);
    await this.#drain();
  }

  /** Passes on what the writer has made; a slow reader of a pipe holds up the next batch. */
  async #drain(): Promise<void> {
    for (;;) {
      const idle = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
      const result = await Promise.race([this.#next, idle]);
      if (!result || result.done) return;
      this.#next = this.#chunks.next();
      await this.#output.write(result.value);
    }
  }
}
