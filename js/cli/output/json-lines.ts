import type { TextRecord } from '../input/record.js';
import { plainIntegers } from '../json.js';
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
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value, plainIntegers) ?? 'null'},`,
    );
    // Nine digits tell all float32 apart, where JSON.stringify would write the float64's seventeen.
    const numbers = Array.from(vector, (value) => String(Number(value.toPrecision(9))));
    const name = JSON.stringify(this.#schema.vectorField);
    await this.#output.write(Buffer.from(`{${members.join('')}${name}:[${numbers.join(',')}]}\n`));
  }

  async finish(): Promise<void> {}
}
