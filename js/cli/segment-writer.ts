import {
  SegmentPlanner,
  segmentOf,
  type Entry,
  type Packed,
  type SegmentPlan,
} from '../search/saved/segment.js';
import type { Output } from './output/target.js';

/** Writes an index file while its entries come: one segment is in memory, or for a pipe all of them. */
export class SegmentWriter {
  readonly #output: Output;
  readonly #rows: Packed;
  readonly #header: (size: number) => Uint8Array;
  readonly #planner: SegmentPlanner;
  /** Segments behind a header that can't be written over, since it says how many entries there are. */
  #waiting: Uint8Array[] = [];
  #size = 0;

  private constructor(output: Output, rows: Packed, header: (size: number) => Uint8Array) {
    this.#output = output;
    this.#rows = rows;
    this.#header = header;
    this.#planner = new SegmentPlanner(rows.elementBytes);
  }

  /**
   * @param rows where the elements of an entry's slot come from, until it is written
   * @param header of a file with so many entries; its length is always the same
   */
  static async begin(
    output: Output,
    rows: Packed,
    header: (size: number) => Uint8Array,
  ): Promise<SegmentWriter> {
    if (output.isFile) await output.write(header(0));
    return new SegmentWriter(output, rows, header);
  }

  /** @returns whether the slots of all entries so far are written, and free again */
  async add(entry: Entry): Promise<boolean> {
    this.#size++;
    const full = this.#planner.add(entry);
    if (full) await this.#write(full);
    return full !== undefined;
  }

  /** Writes what is left. The file is whole then, but for `output.finish`. */
  async finish(): Promise<void> {
    const last = this.#planner.finish();
    if (last) await this.#write(last);
    const header = this.#header(this.#size);
    if (this.#output.isFile) return this.#output.rewriteStart(header);
    await this.#output.write(header);
    for (const segment of this.#waiting) await this.#output.write(segment);
  }

  async #write(plan: SegmentPlan): Promise<void> {
    const segment = segmentOf(plan, this.#rows);
    if (this.#output.isFile) await this.#output.write(segment);
    else this.#waiting.push(segment);
  }
}
