import { checkIndexOptions, copyMetadata } from '../search/index/checks.js';
import type { IndexPrecision, ModelIdentity } from '../search/index/types.js';
import { VectorMemory } from '../search/index/vector-memory.js';
import { identityOf, writeIndexHeader } from '../search/saved/index-file.js';
import { Failure } from './errors.js';
import { metadataOf } from './input/metadata.js';
import { idOf, type TextRecord } from './input/record.js';
import type { Output } from './output/target.js';
import { SegmentWriter } from './segment-writer.js';

/** What is settled with the first entry. */
interface Begun {
  /** The vectors of the segment that is being filled. */
  readonly rows: VectorMemory;
  readonly segments: SegmentWriter;
}

/**
 * Writes an index file, with the bytes of `SearchIndex.toBytes`, while its entries come: in memory are the
 * ids of all, and one segment.
 */
export class IndexWriter {
  readonly #output: Output;
  readonly #precision: IndexPrecision;
  readonly #withText: boolean;
  readonly #ids = new Set<string>();
  #begun: Begun | undefined;
  /** Entries in the segment that is being filled. */
  #filled = 0;

  constructor(output: Output, precision: IndexPrecision, withText: boolean) {
    this.#output = output;
    this.#precision = precision;
    this.#withText = withText;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#ids.size;
  }

  /**
   * Settles the dimension and the model; later calls change nothing.
   *
   * @throws Failure for a dimension that no index has
   */
  async begin(dimension: number, model: string | ModelIdentity | undefined): Promise<void> {
    if (this.#begun) return;
    checked(() => checkIndexOptions({ dimension, model, precision: this.#precision }));
    const rows = new VectorMemory(dimension, this.#precision);
    const segments = await SegmentWriter.begin(this.#output, rows, headerOf(identityOf(model), rows));
    this.#begun = { rows, segments };
  }

  /** What is wrong with a vector, for a sentence that begins with it; undefined for one that can be added. */
  faultOf(vector: Float32Array): string | undefined {
    const { dimension } = this.#begun!.rows;
    if (vector.length !== dimension)
      return `has ${vector.length} numbers, and the first one has ${dimension}`;
    if (!vector.every(Number.isFinite)) return 'is not finite';
    return vector.every((x) => x === 0) ? 'is zero: cosine similarity is undefined for it' : undefined;
  }

  /** @throws Failure for a record that no entry can be made of */
  async add(record: TextRecord, vector: Float32Array): Promise<void> {
    const { rows, segments } = this.#begun!;
    const id = idOf(record, this.size);
    if (this.#ids.has(id)) throw new Failure(`two records have the id "${id}"`);
    const fault = this.faultOf(vector);
    if (fault) throw new Failure(`the vector of "${id}" ${fault}`);
    const slot = this.#filled++;
    rows.reserve(this.#filled);
    if (rows.write(slot, vector, 1) === 0) throw new Failure(`the vector of "${id}" cannot be normalized`);
    this.#ids.add(id);
    const metadata = checked(() => copyMetadata(`The metadata of "${id}"`, metadataOf(record)));
    const text = this.#withText ? record.text : undefined;
    if (await segments.add({ slot, id, metadata, text })) this.#filled = 0;
  }

  /** Writes what is left. The file is whole then, but for `output.finish`. */
  async finish(): Promise<void> {
    if (!this.#begun) throw new Failure('there are no records, so the index would have no dimension');
    await this.#begun.segments.finish();
  }
}

function headerOf({ name, fingerprint }: ModelIdentity, { dimension, precision }: VectorMemory) {
  return (size: number) => writeIndexHeader({ model: name, fingerprint, dimension, precision, size });
}

/** What the library refuses is wrong with the input; it is no bug of the command. */
function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new Failure(error.message);
    throw error;
  }
}
