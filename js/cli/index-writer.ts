import { checkIndexOptions, copyMetadata } from '../search/index/checks.js';
import type { IndexPrecision, ModelIdentity } from '../search/index/types.js';
import { VectorMemory } from '../search/index/vector-memory.js';
import { identityOf, writeIndexHeader } from '../search/saved/index-file.js';
import { segmentOf, SegmentPlanner, type SegmentPlan } from '../search/saved/segment.js';
import { Failure } from './errors.js';
import { metadataOf } from './input/metadata.js';
import { idOf, type TextRecord } from './input/record.js';
import type { Output } from './output/target.js';

/** What is settled with the first entry. */
interface Begun {
  readonly model: ModelIdentity;
  /** The vectors of the segment that is being filled. */
  readonly rows: VectorMemory;
  readonly planner: SegmentPlanner;
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
  /** Segments behind a header that can't be written over, since it says how many entries there are. */
  #waiting: Uint8Array[] = [];
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
    this.#begun = { model: identityOf(model), rows, planner: new SegmentPlanner(rows.elementBytes) };
    if (this.#output.isFile) await this.#output.write(this.#header(this.#begun));
  }

  /** @throws Failure for a record that no entry can be made of */
  async add(record: TextRecord, vector: Float32Array): Promise<void> {
    const { rows, planner } = this.#begun!;
    const id = idOf(record, this.size);
    if (this.#ids.has(id)) throw new Failure(`two records have the id "${id}"`);
    if (vector.length !== rows.dimension) {
      throw new Failure(
        `the vector of "${id}" has ${vector.length} numbers, and the first one has ${rows.dimension}`,
      );
    }
    const slot = this.#filled++;
    rows.reserve(this.#filled);
    if (rows.write(slot, vector, 1) === 0) {
      const what = vector.every((x) => x === 0) ? 'zero' : 'not finite';
      throw new Failure(`the vector of "${id}" is ${what}: cosine similarity is undefined for it`);
    }
    this.#ids.add(id);
    const metadata = checked(() => copyMetadata(`The metadata of "${id}"`, metadataOf(record)));
    const full = planner.add({ slot, id, metadata, text: this.#withText ? record.text : undefined });
    if (full) await this.#write(full, rows);
  }

  /** Writes what is left. The file is whole then, but for `output.finish`. */
  async finish(): Promise<void> {
    if (!this.#begun) throw new Failure('there are no records, so the index would have no dimension');
    const { planner, rows } = this.#begun;
    const last = planner.finish();
    if (last) await this.#write(last, rows);
    const header = this.#header(this.#begun);
    if (this.#output.isFile) return this.#output.rewriteStart(header);
    await this.#output.write(header);
    for (const segment of this.#waiting) await this.#output.write(segment);
  }

  async #write(plan: SegmentPlan, rows: VectorMemory): Promise<void> {
    const segment = segmentOf(plan, rows);
    this.#filled = 0;
    if (this.#output.isFile) await this.#output.write(segment);
    else this.#waiting.push(segment);
  }

  #header({ model, rows }: Begun): Uint8Array {
    const { name, fingerprint } = model;
    const { dimension, precision } = rows;
    return writeIndexHeader({ model: name, fingerprint, dimension, precision, size: this.size });
  }
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
