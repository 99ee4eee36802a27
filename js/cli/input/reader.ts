import { Failure } from '../errors.js';
import { readCsv } from './csv.js';
import { readJsonLines } from './json-lines.js';
import { readLines } from './lines.js';
import { readParquet } from './parquet.js';
import type { FieldNames, InvalidInput, TextRecord } from './record.js';
import type { Source } from './sources.js';
import { asUtf8 } from './utf8.js';

/** Reads the records of several inputs, one input after the other, and knows how far it is. */
export class RecordReader {
  readonly #sources: readonly Source[];
  readonly #names: FieldNames;
  readonly #invalid: InvalidInput;
  readonly #warn: (message: string) => void;
  readonly #total: number | undefined;
  #finished = 0;
  #current = 0;
  #failure: Failure | undefined;

  /** @param warn is told of lines of text that look like another format */
  constructor(
    sources: readonly Source[],
    names: FieldNames,
    invalid: InvalidInput,
    warn: (message: string) => void = () => {},
  ) {
    this.#sources = sources;
    this.#names = names;
    this.#invalid = invalid;
    this.#warn = warn;
    const sizes = sources.map(({ size }) => size);
    this.#total = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + size!, 0);
  }

  /** The share of the input's bytes that was read, from 0 to 1; undefined where the size is unknown. */
  get share(): number | undefined {
    return this.#total && Math.min((this.#finished + this.#current) / this.#total, 1);
  }

  /**
   * What ended the records early. It is kept here instead of being thrown, so that the texts read
   * before it are still encoded and written.
   */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The records; they end at the first failure. */
  async *records(): AsyncGenerator<TextRecord> {
    try {
      for (const source of this.#sources) {
        this.#current = 0;
        yield* this.#open(source);
        this.#finished += source.size ?? 0;
        this.#current = 0;
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#failure = error;
    }
  }

  async *#open(source: Source): AsyncGenerator<TextRecord> {
    const { name, format, assumed, path, size } = source;
    if (format === 'parquet') {
      yield* readParquet(path!, this.#names, this.#invalid, (share) => (this.#current = share * (size ?? 0)));
      return;
    }
    const chunks = asUtf8(
      source.open((bytes) => (this.#current += bytes)),
      name,
    );
    switch (format) {
      case 'lines':
        return yield* assumed ? this.#assumedLines(chunks, name) : readLines(chunks, name, this.#invalid);
      case 'jsonl':
        return yield* readJsonLines(chunks, name, this.#names, this.#invalid);
      case 'csv':
        return yield* readCsv(chunks, name, ',', this.#names, this.#invalid);
      case 'tsv':
        return yield* readCsv(chunks, name, '\t', this.#names, this.#invalid);
    }
  }
  async *#assumedLines(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<TextRecord> {
    for await (const line of readLines(chunks, name, this.#invalid)) {
      if (line.number === 1 && isJsonObject(line.text)) {
        this.#warn(
          `${name} is read as lines of text, and the first one is a JSON object; --input-format jsonl reads fields`,
        );
      }
      yield line;
    }
  }
}

function isJsonObject(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false;
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
