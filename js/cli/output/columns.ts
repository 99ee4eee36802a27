import type * as Arrow from 'apache-arrow';
import { Failure } from '../errors.js';
import type { TextRecord } from '../input/record.js';
import { fieldsOf, type OutputSchema } from './writer.js';

/** How the values of a column are stored. */
type Kind = 'string' | 'number' | 'integer' | 'boolean' | 'date' | 'json';

/** Rows of a record batch. The first batch decides the columns and their types. */
export const BATCH_ROWS = 1024;

/** Collects rows and makes Arrow record batches of them. */
export class ColumnBuilder {
  readonly #arrow: typeof Arrow;
  readonly #output: OutputSchema;
  #kinds: ReadonlyMap<string, Kind> | undefined;
  #schema: Arrow.Schema | undefined;
  #rows: [string, unknown][][] = [];
  #vectors: Float32Array[] = [];
  #batches = 0;

  constructor(arrow: typeof Arrow, output: OutputSchema) {
    this.#arrow = arrow;
    this.#output = output;
  }

  /** A record batch whenever enough rows have come together. */
  add(record: TextRecord, vector: Float32Array): Arrow.RecordBatch | undefined {
    this.#rows.push(fieldsOf(record, this.#output));
    this.#vectors.push(vector);
    return this.#rows.length === BATCH_ROWS ? this.take() : undefined;
  }

  /** The rows that no batch has yet; a batch of no rows if there are none. */
  take(): Arrow.RecordBatch {
    this.#kinds ??= kindsOf(this.#rows);
    const { kinds, arrow } = { kinds: this.#kinds, arrow: this.#arrow };
    const columns = new Map<string, unknown[]>();
    for (const name of kinds.keys()) columns.set(name, new Array<unknown>(this.#rows.length).fill(null));
    for (const [i, row] of this.#rows.entries()) {
      for (const [name, value] of row) {
        const column = columns.get(name);
        if (!column)
          throw new Failure(`${this.#place(i)} has a field "${name}" that the first rows lack; ${WAY_OUT}`);
        column[i] = this.#convert(value, kinds.get(name)!, name, i);
      }
    }
    const children = [...columns].map(([name, values]) => {
      return arrow.vectorFromArray(values, this.#type(kinds.get(name)!)).data[0]!;
    });
    children.push(this.#vectorData());
    this.#schema ??= this.#makeSchema(kinds);
    const struct = new arrow.Struct(this.#schema.fields);
    const data = arrow.makeData({ type: struct, length: this.#rows.length, nullCount: 0, children });
    this.#rows = [];
    this.#vectors = [];
    this.#batches++;
    return new arrow.RecordBatch(this.#schema, data);
  }

  #makeSchema(kinds: ReadonlyMap<string, Kind>): Arrow.Schema {
    const { Field, Schema } = this.#arrow;
    const fields: Arrow.Field[] = [...kinds].map(([name, kind]) => new Field(name, this.#type(kind), true));
    fields.push(new Field(this.#output.vectorField, this.#vectorType(), false));
    return new Schema(fields, new Map(this.#output.metadata));
  }

  #type(kind: Kind): Arrow.DataType {
    const arrow = this.#arrow;
    switch (kind) {
      case 'number':
        return new arrow.Float64();
      case 'integer':
        return new arrow.Int64();
      case 'boolean':
        return new arrow.Bool();
      case 'date':
        return new arrow.TimestampMillisecond();
      case 'string':
      case 'json':
        return new arrow.Utf8();
    }
  }

  #vectorType(): Arrow.FixedSizeList<Arrow.Float32> {
    const { Field, FixedSizeList, Float32 } = this.#arrow;
    return new FixedSizeList(this.#output.dimension, new Field('item', new Float32(), false));
  }

  #vectorData(): Arrow.Data {
    const { makeData, Float32 } = this.#arrow;
    const { dimension } = this.#output;
    const values = new Float32Array(this.#vectors.length * dimension);
    this.#vectors.forEach((vector, i) => values.set(vector, i * dimension));
    const child = makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
    return makeData({ type: this.#vectorType(), length: this.#vectors.length, nullCount: 0, child });
  }

  #convert(value: unknown, kind: Kind, name: string, row: number): unknown {
    if (value === null || value === undefined) return null;
    if (kind === 'json')
      return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member));
    if (kindOf(value) === kind) return kind === 'date' ? (value as Date).getTime() : value;
    throw new Failure(
      `${this.#place(row)}: the field "${name}" is not a ${kind} as in the first rows; ${WAY_OUT}`,
    );
  }

  #place(row: number): string {
    return `row ${this.#batches * BATCH_ROWS + row + 1} of the output`;
  }
}

const WAY_OUT = 'Arrow and Parquet need the same fields and types in every row, JSON lines do not';

/** The columns of rows in order of appearance, each with the kind that fits all its values. */
function kindsOf(rows: readonly [string, unknown][][]): Map<string, Kind> {
  const kinds = new Map<string, Kind | undefined>();
  for (const [name, value] of rows.flat()) {
    const kind = kindOf(value);
    const before = kinds.get(name);
    kinds.set(
      name,
      before === undefined || kind === undefined || before === kind ? (kind ?? before) : 'json',
    );
  }
  return new Map([...kinds].map(([name, kind]) => [name, kind ?? 'string']));
}

function kindOf(value: unknown): Kind | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return 'date';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return typeof value as Kind;
  return 'json';
}
