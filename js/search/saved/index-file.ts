import { EdgeBertError } from '../../shared/errors.js';
import { isRecord } from '../../shared/guards.js';
import { wrongType } from '../../shared/checks.js';

import { padded } from './segment.js';
import type { IndexExpectation, IndexPrecision, ModelIdentity } from '../index/types.js';
import { xxHash32 } from '../../shared/xxhash.js';
import type { Bytes } from '../../shared/types.js';

/**
 * The start of an index file; segments follow up to its end. Little-endian uint32:
 *
 *     0  the eight characters EDGEBIDX
 *     8  version, 12 xxHash32 of all that follows in this header
 *    16  precision (0 for int8, 1 for float32), 20 dimension, 24 vectors in the file
 *    28  bytes of the model's name
 *    32  the name, in UTF-8, zeros up to a multiple of four: a JSON string or null in version 1, and
 *        `{"name":…,"fingerprint":…}` in version 2
 */
const MAGIC = 'EDGEBIDX';
/** 2 is for an index whose model has a fingerprint. */
const VERSIONS = [1, 2];
/** Bytes of a header that are always there. */
export const HEADER_START = 32;
/** Longer than any model's name and fingerprint. */
const MOST_NAME_BYTES = 1 << 16;
/** Numbers of a vector: far beyond any model, and within what the kernels' sums allow. */
export const MAX_DIMENSION = 16_384;
const PRECISIONS: readonly IndexPrecision[] = ['int8', 'f32'];

/** What an index is, apart from its entries. */
export interface IndexHeader {
  readonly model: string | undefined;
  readonly fingerprint: string | undefined;
  readonly dimension: number;
  readonly precision: IndexPrecision;
  /** How many vectors. */
  readonly size: number;
}

export function writeIndexHeader({ model, fingerprint, dimension, precision, size }: IndexHeader): Bytes {
  const version = fingerprint === undefined ? 1 : 2;
  const about = fingerprint === undefined ? (model ?? null) : { name: model ?? null, fingerprint };
  const name = new TextEncoder().encode(JSON.stringify(about));
  const bytes = new Uint8Array(HEADER_START + padded(name.length));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  const fields = [version, 0, PRECISIONS.indexOf(precision), dimension, size, name.length];
  fields.forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
  bytes.set(name, HEADER_START);
  view.setUint32(12, xxHash32(bytes.subarray(16)), true);
  return bytes;
}

function wrong(problem: string): EdgeBertError {
  return new EdgeBertError('format', `The index file: ${problem}`);
}

/**
 * The bytes of an index file where their numbers can be read as such, which takes a copy if they start in
 * between.
 *
 * @throws TypeError for what is not bytes
 */
export function alignedFile(bytes: Uint8Array | ArrayBuffer): Bytes {
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) {
    wrongType('`bytes`', 'a Uint8Array or an ArrayBuffer', bytes);
  }
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  const { buffer, byteOffset } = bytes;
  return buffer instanceof ArrayBuffer && byteOffset % 4 === 0 ? (bytes as Bytes) : new Uint8Array(bytes);
}

/**
 * How long the header of an index file is, of which `bytes` are the start.
 *
 * @throws EdgeBertError `format` for what is not an index file, or one of another version
 */
export function indexHeaderLength(bytes: Bytes): number {
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw wrong(`it does not begin with ${MAGIC}, so it is not an index`);
  if (bytes.length < HEADER_START) throw wrong(`it ends within its header, after ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const field = (at: number) => view.getUint32(at, true);
  if (!VERSIONS.includes(field(8))) {
    throw wrong(`its version is ${field(8)}, and this version of edgebert reads ${VERSIONS.join(' and ')}`);
  }
  if (field(28) > MOST_NAME_BYTES) throw wrong(`its model's name has ${field(28)} bytes`);
  return HEADER_START + padded(field(28));
}

/**
 * The header of an index file, and where the segments start. The bytes start at a multiple of four
 * in their buffer.
 *
 * @throws EdgeBertError `format`, naming the field that is wrong
 */
export function readIndexHeader(bytes: Bytes): { header: IndexHeader; length: number } {
  const length = indexHeaderLength(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const field = (at: number) => view.getUint32(at, true);
  if (length > bytes.length) throw wrong(`its model's name has ${field(28)} bytes, more than the file`);
  if (xxHash32(bytes.subarray(16, length)) !== field(12)) {
    throw wrong('the checksum of its header is wrong: the bytes were changed');
  }
  const precision = PRECISIONS[field(16)];
  if (!precision) throw wrong(`unknown precision code ${field(16)}`);
  const dimension = field(20);
  if (dimension < 1 || dimension > MAX_DIMENSION) throw wrong(`its dimension is ${dimension}`);
  const model = identityIn(bytes.subarray(HEADER_START, HEADER_START + field(28)), field(8));
  if (!model) throw wrong("its model's name is not valid JSON");
  const { name, fingerprint } = model;
  return { header: { model: name, fingerprint, dimension, precision, size: field(24) }, length };
}

function identityIn(bytes: Uint8Array, version: number): ModelIdentity | undefined {
  let about: unknown;
  try {
    about = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (version === 1) about = { name: about };
  else if (!isRecord(about) || typeof about.fingerprint !== 'string') return undefined;
  const { name, fingerprint } = about as { name: unknown; fingerprint?: string };
  if (name !== null && typeof name !== 'string') return undefined;
  return { name: name ?? undefined, fingerprint };
}

/** The parts of a model's identity, which may be its name alone. */
export function identityOf(model: string | ModelIdentity | undefined): ModelIdentity {
  return typeof model === 'object' ? { name: model.name, fingerprint: model.fingerprint } : { name: model };
}

/** Whether two models are the same, as far as it is known: by content, or else by name. */
export function isSameModel(one: ModelIdentity, other: ModelIdentity): boolean {
  if (one.fingerprint !== undefined && other.fingerprint !== undefined) {
    return one.fingerprint === other.fingerprint;
  }
  return one.name === undefined || other.name === undefined || one.name === other.name;
}

/** A model's name and the beginning of its fingerprint, for errors. */
export function nameModel({ name = 'a model without a name', fingerprint }: ModelIdentity): string {
  return fingerprint === undefined ? name : `${name} (fingerprint ${fingerprint.slice(0, 8)})`;
}

/** How two models of one name can be different ones, for errors; empty if they have other names. */
export function onSameName(one: ModelIdentity, other: ModelIdentity): string {
  if (one.name === undefined || one.name !== other.name) return '';
  return " A model's versions and precisions have fingerprints of their own.";
}

/**
 * Returns the header with what is known of its model by now.
 *
 * @throws EdgeBertError `state` where an index is another than was asked for
 */
export function checkExpected(what: string, found: IndexHeader, expected: IndexExpectation): IndexHeader {
  const { dimension } = expected;
  if (dimension !== undefined && dimension !== found.dimension) {
    throw new EdgeBertError('state', `${what} has vectors of dimension ${found.dimension}, not ${dimension}`);
  }
  const wanted = identityOf(expected.model);
  const own = { name: found.model, fingerprint: found.fingerprint };
  if (isSameModel(wanted, own)) {
    const known = own.name !== undefined && own.name === wanted.name;
    return { ...found, fingerprint: own.fingerprint ?? (known ? wanted.fingerprint : undefined) };
  }
  throw new EdgeBertError(
    'state',
    `${what} was built with the model ${nameModel(own)}: its vectors can't be compared with those of ` +
      `${nameModel(wanted)}.${onSameName(own, wanted)} Open it without \`model\`, and embed its texts again with ` +
      '`reembed`.',
  );
}
