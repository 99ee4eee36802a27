import type { TextRecord } from '../input/record.js';

/** Writes one row after the other in some format. */
export interface VectorWriter {
  add(record: TextRecord, vector: Float32Array): Promise<void>;
  /** After the last row. */
  finish(): Promise<void>;
}

/** What every row of an output has in common. */
export interface OutputSchema {
  /** Numbers in a vector. */
  readonly dimension: number;
  /** Name of the field with the text, or undefined to leave texts out. */
  readonly textField: string | undefined;
  /** Name of the field with the id, where records have one. */
  readonly idField: string | undefined;
  readonly vectorField: string;
  /** What made the vectors; Arrow and Parquet files carry it as metadata. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** The fields of a row other than its vector, in order. One of the vector's name gives way to it. */
export function fieldsOf(record: TextRecord, schema: OutputSchema): [string, unknown][] {
  const { textField, idField, vectorField } = schema;
  return [
    ...(idField === undefined ? [] : [[idField, record.id] as [string, unknown]]),
    ...(textField === undefined ? [] : [[textField, record.text] as [string, unknown]]),
    ...Object.entries(record.fields ?? {}).filter(([name]) => name !== vectorField),
  ];
}
