import type * as Arrow from 'apache-arrow';
import type * as Parquet from 'parquet-wasm';
import type { TextRecord } from '../input/record.js';
import { optionalPackage } from '../optional.js';
import { ColumnBuilder } from './columns.js';
import type { Output } from './target.js';
import type { OutputSchema, VectorWriter } from './writer.js';

/** Rows of a row group: they are held in memory until the group is written. */
const GROUP_ROWS = 16_384;

/** A Parquet file, compressed with Zstandard. */
export class ParquetWriter implements VectorWriter {
  readonly #arrow: typeof Arrow;
  readonly #parquet: typeof Parquet;
  readonly #output: Output;
  readonly #columns: ColumnBuilder;
  readonly #batches: WritableStreamDefaultWriter<Parquet.RecordBatch>;
  readonly #written: Promise<void>;
  #any = false;

  private constructor(arrow: typeof Arrow, parquet: typeof Parquet, output: Output, schema: OutputSchema) {
    this.#arrow = arrow;
    this.#parquet = parquet;
    this.#output = output;
    this.#columns = new ColumnBuilder(arrow, schema);
    const { readable, writable } = new TransformStream<Parquet.RecordBatch, Parquet.RecordBatch>();
    this.#batches = writable.getWriter();
    this.#written = this.#pass(readable, new Map(schema.metadata));
    // The next write rejects with the failure too.
    this.#written.catch((error) => this.#batches.abort(error).catch(() => {}));
  }

  static async open(output: Output, schema: OutputSchema): Promise<ParquetWriter> {
    const arrow = await optionalPackage<typeof Arrow>('apache-arrow', 'Parquet output');
    const module = await optionalPackage<typeof Parquet & { default: typeof Parquet }>(
      'parquet-wasm/node',
      'Parquet output',
    );
    // A CommonJS module: its exports are those of `default`.
    return new ParquetWriter(arrow, module.default ?? module, output, schema);
  }

  async add(record: TextRecord, vector: Float32Array): Promise<void> {
    const batch = this.#columns.add(record, vector);
    if (batch) await this.#write(batch);
  }

  async finish(): Promise<void> {
    const rest = this.#columns.take();
    if (rest.numRows > 0 || !this.#any) await this.#write(rest);
    await Promise.all([this.#batches.close(), this.#written]);
  }

  async #write(batch: Arrow.RecordBatch): Promise<void> {
    this.#any = true;
    const bytes = this.#arrow.tableToIPC(new this.#arrow.Table(batch), 'stream');
    for (const part of this.#parquet.Table.fromIPCStream(bytes).recordBatches())
      await this.#batches.write(part);
  }

  async #pass(batches: ReadableStream<Parquet.RecordBatch>, metadata: Map<string, string>): Promise<void> {
    const properties = new this.#parquet.WriterPropertiesBuilder()
      .setCompression(this.#parquet.Compression.ZSTD)
      .setMaxRowGroupSize(GROUP_ROWS)
      // Numbers of vectors hardly ever repeat, ids and texts no more; Zstandard sees to what else does.
      .setDictionaryEnabled(false)
      .setKeyValueMetadata(metadata)
      .build();
    const chunks = (await this.#parquet.transformParquetStream(
      batches,
      properties,
    )) as ReadableStream<Uint8Array>;
    for await (const chunk of chunks as unknown as AsyncIterable<Uint8Array>) await this.#output.write(chunk);
  }
}
