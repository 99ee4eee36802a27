import type { TextRecord } from '../input/record.js';
import type { Output } from './target.js';
import { fieldsOf, type OutputSchema, type VectorWriter } from './writer.js';

/** One JSON object a line: id, text, the record's other fields, and the vector. */
export class JsonLinesWriter implements VectorWriter {
  readonly #output: Output;
  readonly #schema: OutputSchema;

  constructor(output: Output, schema: OutputSchema) {
    this.#output = output;
    this.#schema = schema;
  }

  async add(record: TextRecord, vector: Float32Array): Promise<void> {
    const members = fieldsOf(record, this.#schema).map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value, plain) ?? 'null'},`,
    );
    // Nine digits tell all float32 apart, where JSON.stringify would write the float64's seventeen.
    const numbers = Array.from(vector, (value) => String(Number(value.toPrecision(9))));
    const name = JSON.stringify(this.#schema.vectorField);
    await this.#output.write(Buffer.from(`{${members.join('')}${name}:[${numbers.join(',')}]}\n`));
  }

  async finish(): Promise<void> {}
}

/** Parquet's 64-bit integers, which JSON has as numbers while they are exact, else as strings. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
