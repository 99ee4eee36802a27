import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  indexHeaderLength,
  HEADER_START,
  readIndexHeader,
  type IndexHeader,
} from '../search/saved/index-file.js';
import { readSegment, segmentExtent, SEGMENT_START, type Segment } from '../search/saved/segment.js';
import type { Bytes } from '../shared/types.js';
import { Failure, reasonOf } from './errors.js';

/** An entry of an index file, with its vector's elements as the file has them. */
export interface FileEntry {
  readonly id: string;
  readonly metadata: Segment['metadata'][number];
  readonly text: string | undefined;
  readonly elements: Uint8Array;
}

/** Bytes of a vector's elements. */
export function elementBytesOf({ dimension, precision }: IndexHeader): number {
  return dimension * (precision === 'int8' ? 1 : 4);
}

/** An index file that is read segment by segment: no more than one is in memory. */
export class IndexFile {
  readonly path: string;
  readonly header: IndexHeader;
  readonly #start: number;

  /** @throws Failure for a file that can't be read, or is none */
  constructor(path: string) {
    this.path = path;
    const { header, length } = this.#reading((file) => {
      const start = read(file, 0, HEADER_START);
      return readIndexHeader(read(file, 0, indexHeaderLength(start)));
    });
    this.header = header;
    this.#start = length;
  }

  /** Bytes of a vector's elements. */
  get elementBytes(): number {
    return elementBytesOf(this.header);
  }

  /** The entries in their order. @throws Failure for a file that is damaged */
  *entries(): Generator<FileEntry> {
    const { elementBytes } = this;
    let count = 0;
    for (const { ids, removed, metadata, texts, elements } of this.#segments()) {
      if (removed.length > 0) throw new Failure(`${this.path} has changes of an index, not an index`);
      for (const [i, id] of ids.entries()) {
        const start = i * elementBytes;
        const own = elements.subarray(start, start + elementBytes);
        yield { id, metadata: metadata[i], text: texts[i], elements: own };
      }
      count += ids.length;
    }
    if (count === this.header.size) return;
    throw new Failure(`${this.path} says that it has ${this.header.size} entries, and ${count} are there`);
  }

  *#segments(): Generator<Segment> {
    const { elementBytes } = this;
    const { size } = this.#reading((file) => fstatSync(file));
    for (let at = this.#start; at < size;) {
      yield this.#reading((file) => {
        const { bytes } = segmentExtent(read(file, at, SEGMENT_START));
        const { segment, length } = readSegment(read(file, at, bytes), elementBytes, 'The index file');
        at += length;
        return segment;
      });
    }
  }

  #reading<T>(work: (file: number) => T): T {
    try {
      const file = openSync(this.path, 'r');
      try {
        return work(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw new Failure(`${this.path} could not be read: ${reasonOf(error)}`);
    }
  }
}

/** Up to `length` bytes at a position: fewer where the file ends. */
function read(file: number, position: number, length: number): Bytes {
  const left = Math.max(0, fstatSync(file).size - position);
  const bytes = new Uint8Array(Math.min(length, left));
  for (let filled = 0; filled < bytes.length;) {
    const got = readSync(file, bytes, filled, bytes.length - filled, position + filled);
    if (got === 0) return bytes.subarray(0, filled);
    filled += got;
  }
  return bytes;
}
