import { EdgeBertError } from '../../shared/errors.js';

import { MAX_DIMENSION } from '../index/checks.js';
import { padded } from './segment.js';
import type { IndexExpectation, IndexPrecision } from '../index/types.js';
import { xxHash32 } from './xxhash.js';
import type { Bytes } from '../../shared/types.js';

/**
 * The start of an index file; segments follow up to its end. Little-endian uint32:
 *
 *     0  the eight characters EDGEBIDX
 *     8  version, 12 xxHash32 of all that follows in this header
 *    16  precision (0 for int8, 1 for float32), 20 dimension, 24 vectors in the file
 *    28  bytes of the model's name
 *    32  the name, a JSON string in UTF-8 or null, zeros up to a multiple of four
 */
const MAGIC = 'EDGEBIDX';
const VERSION = 1;
const FIXED = 32;
const PRECISIONS: readonly IndexPrecision[] = ['int8', 'f32'];

/** What an index is, apart from its entries. */
export interface IndexHeader {
  readonly model: string | undefined;
  readonly dimension: number;
  readonly precision: IndexPrecision;
  /** How many vectors. */
  readonly size: number;
}

export function writeHeader({ model, dimension, precision, size }: IndexHeader): Bytes {
  const name = new TextEncoder().encode(JSON.stringify(model ?? null));
  const bytes = new Uint8Array(FIXED + padded(name.length));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  const fields = [VERSION, 0, PRECISIONS.indexOf(precision), dimension, size, name.length];
  fields.forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  bytes.set(name, FIXED);
  view.setUint32(12, xxHash32(bytes.subarray(16)), true);
  return bytes;
}

/**
 * The header of an index file, and where the segments start. The bytes start at a multiple of four
 * in their buffer.
 *
 * @throws EdgeBertError `format`, naming the field that is wrong
 */
export function readHeader(bytes: Bytes): { header: IndexHeader; length: number } {
  const wrong = (problem: string) => new EdgeBertError('format', `The index file: ${problem}`);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw wrong(`it does not begin with ${MAGIC}, so it is none`);
  if (bytes.length < FIXED) throw wrong(`it ends within its header, after ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const field = (at: number) => view.getUint32(at, true);
  if (field(8) !== VERSION)
    throw wrong(`its version is ${field(8)}, and this version of edgebert reads ${VERSION}`);
  const length = FIXED + padded(field(28));
  if (length > bytes.length) throw wrong(`its model's name has ${field(28)} bytes, more than the file`);
  if (xxHash32(bytes.subarray(16, length)) !== field(12)) {
    throw wrong('the checksum of its header is wrong: the bytes were changed');
  }
  const precision = PRECISIONS[field(16)];
  if (!precision) throw wrong(`its precision is ${field(16)}, which is none`);
  const dimension = field(20);
  if (dimension < 1 || dimension > MAX_DIMENSION) throw wrong(`its dimension is ${dimension}`);
  const model = nameOf(bytes.subarray(FIXED, FIXED + field(28)));
  if (model === undefined) throw wrong("its model's name is no JSON string");
  return { header: { model: model ?? undefined, dimension, precision, size: field(24) }, length };
}

function nameOf(bytes: Uint8Array): string | null | undefined {
  try {
    const name: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof name === 'string' || name === null ? name : undefined;
  } catch {
    return undefined;
  }
}

/** @throws EdgeBertError `state` where an index is another than was asked for; of one without a model that is not known. */
export function checkExpected(what: string, found: IndexHeader, expected: IndexExpectation): void {
  const { model, dimension } = expected;
  if (dimension !== undefined && dimension !== found.dimension) {
    throw new EdgeBertError(
      'state',
      `${what} holds vectors of ${found.dimension} numbers, not of ${dimension}`,
    );
  }
  if (model !== undefined && found.model !== undefined && model !== found.model) {
    const problem = `was built with the model ${found.model}: its vectors mean nothing beside those of ${model}`;
    throw new EdgeBertError('state', `${what} ${problem}`);
  }
}
