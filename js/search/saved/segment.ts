import { EdgeBertError } from '../../shared/errors.js';
import { isRecord } from '../../shared/guards.js';

import type { Metadata } from '../index/types.js';
import { xxHash32 } from '../../shared/xxhash.js';
import type { Bytes } from '../../shared/types.js';

/**
 * A segment is a run of entries, or of changes: what to remove, and then what to put in. Index files
 * and saved indexes consist of segments. Little-endian uint32:
 *
 *     0  bytes of the segment, these included
 *     4  xxHash32 of all that follows
 *     8  vectors
 *    12  bytes of the ids to put in, 16 to remove; 20 of metadata, 24 of texts
 *    28  these four, JSON arrays in UTF-8 (0 bytes where an array would say nothing), zeros up to a
 *        multiple of four; the vectors' elements, int8 or float32, zeros up to a multiple of four
 *
 * JSON, as it alone keeps every string there is: UTF-8 has no lone surrogates, JSON escapes them.
 */
/** Bytes of a segment's header. */
export const SEGMENT_START = 28;
const FIELDS = ['ids', 'removed ids', 'metadata', 'texts'] as const;
/** Entries of a segment, and characters of its ids and texts: it stays a piece, and JSON a string. */
const MOST_ENTRIES = 4096;
const MOST_CHARACTERS = 1 << 23;

/** What goes into segments. */
export interface Entry {
  readonly slot: number;
  readonly id: string;
  readonly metadata: Metadata | undefined;
  readonly text: string | undefined;
}

/** What came out of a segment; the elements are a view into its bytes. */
export interface Segment {
  readonly ids: readonly string[];
  readonly removed: readonly string[];
  readonly metadata: readonly (Metadata | undefined)[];
  readonly texts: readonly (string | undefined)[];
  readonly elements: Uint8Array;
}

/** A segment whose size is known, and which has still to be written. */
export interface SegmentPlan {
  readonly bytes: number;
  /** Vectors put in and ids removed. */
  readonly changes: number;
  readonly slots: readonly number[];
  readonly parts: readonly Uint8Array[];
}

/** Segments, and how many changes they make. */
export interface Written {
  readonly bytes: Bytes;
  readonly changes: number;
}

/** Where the elements of slots come from. */
export interface Packed {
  readonly elementBytes: number;
  /** Copies a slot's elements to a place. */
  pack(slot: number, target: Uint8Array, at: number): void;
}

/** Divides entries into segments as they come; what is removed goes into the first. */
export class SegmentPlanner {
  readonly #elementBytes: number;
  #removed: readonly string[];
  #entries: Entry[] = [];
  /** That of the entries, as JSON. */
  #metadata: (string | undefined)[] = [];
  #characters = 0;

  constructor(elementBytes: number, removed: readonly string[] = []) {
    this.#elementBytes = elementBytes;
    this.#removed = removed;
  }

  /** Takes the next entry; returns the segment if it is full with it. */
  add(entry: Entry): SegmentPlan | undefined {
    const metadata = entry.metadata && JSON.stringify(entry.metadata);
    this.#entries.push(entry);
    this.#metadata.push(metadata);
    this.#characters += entry.id.length + (entry.text?.length ?? 0) + (metadata?.length ?? 0);
    const full = this.#entries.length >= MOST_ENTRIES || this.#characters >= MOST_CHARACTERS;
    return full ? this.finish() : undefined;
  }

  /** The segment of what has come since the last one; undefined if nothing has. */
  finish(): SegmentPlan | undefined {
    if (this.#entries.length === 0 && this.#removed.length === 0) return undefined;
    const plan = planSegment(this.#entries, this.#metadata, this.#removed, this.#elementBytes);
    this.#entries = [];
    this.#metadata = [];
    this.#removed = [];
    this.#characters = 0;
    return plan;
  }
}

/** Divides entries into segments; what is removed goes into the first. */
export function* planSegments(
  entries: Iterable<Entry>,
  removed: readonly string[],
  elementBytes: number,
): Generator<SegmentPlan> {
  const planner = new SegmentPlanner(elementBytes, removed);
  for (const entry of entries) {
    const plan = planner.add(entry);
    if (plan) yield plan;
  }
  const last = planner.finish();
  if (last) yield last;
}

/** @param metadata that of the entries, as JSON */
function planSegment(
  entries: readonly Entry[],
  metadata: readonly (string | undefined)[],
  removed: readonly string[],
  elementBytes: number,
): SegmentPlan {
  const parts = [
    json(entries.map(({ id }) => JSON.stringify(id))),
    json(removed.map((id) => JSON.stringify(id))),
    json(metadata),
    json(entries.map(({ text }) => (text === undefined ? undefined : JSON.stringify(text)))),
  ];
  const strings = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = SEGMENT_START + padded(strings) + padded(entries.length * elementBytes);
  return { bytes, changes: entries.length + removed.length, slots: entries.map(({ slot }) => slot), parts };
}

/** An array of values that are JSON already; nothing where all of them are missing. */
function json(values: readonly (string | undefined)[]): Uint8Array {
  if (values.every((value) => value === undefined)) return new Uint8Array();
  return new TextEncoder().encode(`[${values.map((value) => value ?? 'null').join(',')}]`);
}

/** Writes a segment to `target`, which is zeroed, from `at` on, a multiple of four; returns its end. */
export function writeSegment(
  { bytes, slots, parts }: SegmentPlan,
  target: Bytes,
  at: number,
  rows: Packed,
): number {
  let place = at + SEGMENT_START;
  for (const part of parts) {
    target.set(part, place);
    place += part.length;
  }
  place = at + padded(place - at);
  for (const slot of slots) {
    rows.pack(slot, target, place);
    place += rows.elementBytes;
  }
  const header = new DataView(target.buffer, target.byteOffset + at, bytes);
  header.setUint32(0, bytes, true);
  header.setUint32(8, slots.length, true);
  parts.forEach((part, i) => header.setUint32(12 + 4 * i, part.length, true));
  header.setUint32(4, xxHash32(target.subarray(at + 8, at + bytes)), true);
  return at + bytes;
}

/** Entries as segments, one after the other; what is removed goes into the first. */
export function* segmentsOf(
  entries: Iterable<Entry>,
  removed: readonly string[],
  rows: Packed,
): Generator<Written> {
  for (const plan of planSegments(entries, removed, rows.elementBytes)) {
    yield { bytes: segmentOf(plan, rows), changes: plan.changes };
  }
}

/** One segment. */
export function segmentOf(plan: SegmentPlan, rows: Packed): Bytes {
  const bytes = new Uint8Array(plan.bytes);
  writeSegment(plan, bytes, 0, rows);
  return bytes;
}

/**
 * How long a segment is, and how many vectors it puts in, by its header.
 *
 * @throws EdgeBertError `format` for a length that does not hold the header
 */
export function segmentExtent(start: Bytes): { bytes: number; count: number } {
  const view = new DataView(start.buffer, start.byteOffset, SEGMENT_START);
  const bytes = view.getUint32(0, true);
  if (bytes >= SEGMENT_START) return { bytes, count: view.getUint32(8, true) };
  throw new EdgeBertError('format', `The index file: a segment has ${bytes} bytes, fewer than its header`);
}

/**
 * Reads the segment at the start of `bytes`, which start at a multiple of four.
 *
 * @param what names the bytes in errors
 * @throws EdgeBertError `format`, naming the field that is wrong
 */
export function readSegment(
  bytes: Bytes,
  elementBytes: number,
  what: string,
): { segment: Segment; length: number } {
  const wrong = (problem: string, options?: ErrorOptions) =>
    new EdgeBertError('format', `${what}: ${problem}`, options);
  if (bytes.length < SEGMENT_START)
    throw wrong(`it ends within a segment's header, after ${bytes.length} bytes`);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const length = header.getUint32(0, true);
  if (length > bytes.length)
    throw wrong(`a segment has ${length} bytes, of which only ${bytes.length} are there`);
  const count = header.getUint32(8, true);
  const sizes = FIELDS.map((_, i) => header.getUint32(12 + 4 * i, true));
  const start = SEGMENT_START + padded(sizes.reduce((sum, size) => sum + size, 0));
  // No sum or product here leaves the whole numbers that a double holds.
  if (start + padded(count * elementBytes) !== length) {
    throw wrong(`the sizes in a segment's header do not add up to its ${length} bytes`);
  }
  if (xxHash32(bytes.subarray(8, length)) !== header.getUint32(4, true)) {
    throw wrong('the checksum of a segment is wrong: the bytes were changed');
  }
  let place = SEGMENT_START;
  const lists = FIELDS.map((field, i) => {
    const part = bytes.subarray(place, (place += sizes[i]!));
    if (part.length === 0) return [];
    const list = parsed(part, field, wrong);
    if (i !== 1 && list.length !== count)
      throw wrong(`there are ${list.length} ${field} in a segment of ${count} vectors`);
    return list;
  });
  const [ids, removed, metadata, texts] = lists as [unknown[], unknown[], unknown[], unknown[]];
  if (ids.length !== count) throw wrong(`the ids of ${count} vectors are missing`);
  for (const id of [...ids, ...removed]) if (typeof id !== 'string') throw wrong('an id is not a string');
  if (!metadata.every((each) => each === null || isRecord(each)))
    throw wrong('the metadata of an entry is not an object');
  if (!texts.every((text) => text === null || typeof text === 'string'))
    throw wrong('a text is not a string');
  const segment = {
    ids: ids as string[],
    removed: removed as string[],
    metadata: metadata.map((each) => (each ?? undefined) as Metadata | undefined),
    texts: texts.map((text) => (text ?? undefined) as string | undefined),
    elements: bytes.subarray(start, start + count * elementBytes),
  };
  return { segment, length };
}

function parsed(
  part: Uint8Array,
  field: string,
  wrong: (problem: string, options?: ErrorOptions) => EdgeBertError,
): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part));
  } catch (error) {
    throw wrong(`the ${field} are not valid JSON`, { cause: error });
  }
  if (!Array.isArray(list)) throw wrong(`the ${field} are not an array`);
  return list;
}

/** Up to the next multiple of four. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
