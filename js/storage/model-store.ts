import { isRecord } from '../shared/guards.js';
import type { Bytes, KernelFinding, NamedText, Precision } from '../shared/types.js';

/** What a server says of a file's version. */
export interface Validator {
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** A place whose content can change, and what it had when it was last read. */
export interface StoredSource {
  /** Identifies the place: its address without query, or a Hub id with its revision and host. */
  readonly slot: string;
  /** The address with its query. */
  readonly address: string;
  readonly validators: readonly Validator[];
  /** Whether the place is known to have something else by now. */
  readonly stale: boolean;
}

/** A complete model in the store. */
export interface StoredModel {
  /** Identifies the content; see {@link keyOf}. */
  readonly key: string;
  readonly name: string;
  /** Tells apart the contents that a model of this name has had. */
  readonly version: string;
  readonly precision: Precision;
  /** Size of the file. */
  readonly bytes: number;
  /** SHA-256 of every piece, the header first. */
  readonly hashes: readonly string[];
  /**
   * xxHash32 of every piece, by which a load finds damage: SHA-256 would take the page's thread a sixth of
   * the load. Undefined in records of earlier versions.
   */
  readonly checksums?: readonly number[] | undefined;
  /** The files beside an original checkpoint; a packed file has none. */
  readonly files: readonly NamedText[];
  readonly fingerprint: string;
  /** Whether a source that can't change has this content: a known hash or commit. */
  readonly pinned: boolean;
  /** The places that can change and had this content when they were last read. */
  readonly sources: readonly StoredSource[];
  /** What was assumed of the model because its files don't say. */
  readonly notes: readonly string[];
  /** What a trial of the kernels found when the model was loaded. */
  readonly kernel?: KernelFinding | undefined;
  /** Milliseconds since 1970. */
  readonly lastUsed: number;
}

/**
 * Pieces, one after the other; undefined for one that can't be read, and an early end if all that follow
 * can't. `next` takes the memory of a piece that is no longer needed, to use it again.
 */
export type PieceStream = AsyncGenerator<Bytes | undefined, void, Bytes | undefined>;

/**
 * Where models are stored between visits, in pieces. A model exists once `complete` has stored its
 * record; pieces without a record are an interrupted download, which a later visit may resume.
 * Nothing read from a store is trusted: readers compare hashes or checksums.
 *
 * Every method may reject: the store may be full, or deleted while it is open.
 */
export interface ModelStore {
  /** The record of a complete model; undefined if it is missing or invalid. */
  find(key: string): Promise<StoredModel | undefined>;
  /** A piece; undefined if it is missing. */
  read(key: string, index: number): Promise<Bytes | undefined>;
  /** The pieces of a complete model, one after the other. */
  pieces(model: StoredModel): PieceStream;
  /** Stores a piece; it replaces an earlier one with that index. */
  write(key: string, index: number, piece: Bytes): Promise<void>;
  /** Stores the record if all pieces are stored; false if one was removed in the meantime. */
  complete(model: StoredModel): Promise<boolean>;
  /** Stores a complete model as it is read fastest. If that fails, it stays as it was. */
  settle(model: StoredModel): Promise<void>;
  /** Replaces the record of a complete model, if there is one. */
  update(key: string, change: (model: StoredModel) => StoredModel): Promise<void>;
  /** Notes that a model was used now. */
  touch(key: string): Promise<void>;
  /** The complete models. */
  list(): Promise<StoredModel[]>;
  /** Removes a model, or an interrupted download; does nothing if there is neither. */
  delete(key: string): Promise<void>;
  /** The keys of everything stored, complete or interrupted. */
  keys(): Promise<string[]>;
  /** Closes the store; what was written stays. */
  close(): void;
}

/** The total size of the models above which those used longest ago are removed: 1 GiB. */
export const CACHE_LIMIT = 2 ** 30;
/** Hexadecimal digits of a hash that a version has. */
const DIGITS = 16;

/** A version, from the hash that identifies a content. */
export function versionOf(precision: Precision, hash: string): string {
  return `${precision}-${hash.slice(0, DIGITS)}`;
}

/** Identifies one content of a model. */
export function keyOf(name: string, version: string): string {
  return `${name}@${version}`;
}

/** The name that a key was made from. */
export function nameOf(key: string): string {
  return key.slice(0, key.lastIndexOf('@'));
}

/** A record that was read from a store; undefined for anything else, such as another version's. */
export function asStoredModel(value: unknown): StoredModel | undefined {
  if (!isRecord(value)) return undefined;
  const { key, name, version, precision, bytes, hashes, files, lastUsed } = value;
  const valid =
    typeof key === 'string' &&
    typeof name === 'string' &&
    typeof version === 'string' &&
    key === keyOf(name, version) &&
    ['int8', 'compact', 'f32'].includes(precision as string) &&
    Number.isSafeInteger(bytes) &&
    isListOf(hashes, (hash) => typeof hash === 'string') &&
    hashes.length > 0 &&
    isListOf(files, (file) => isListOf(file, (text) => typeof text === 'string') && file.length === 2) &&
    typeof lastUsed === 'number';
  if (!valid) return undefined;
  const { fingerprint, pinned, sources, notes, kernel, checksums } = value;
  return {
    ...(value as unknown as StoredModel),
    // Version 0.1.0 stored neither of these.
    fingerprint: typeof fingerprint === 'string' ? fingerprint : String(hashes[0]),
    pinned: typeof pinned === 'boolean' ? pinned : /^(int8|f32)-[0-9a-f]{16}$/.test(version),
    sources: isListOf(sources, isSource) ? (sources as StoredSource[]) : [],
    notes: isListOf(notes, (note) => typeof note === 'string') ? (notes as string[]) : [],
    kernel: isFinding(kernel) ? kernel : undefined,
    checksums: areChecksums(checksums, hashes) ? checksums : undefined,
  };
}

function isListOf(value: unknown, is: (element: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(is);
}

function areChecksums(value: unknown, hashes: readonly unknown[]): value is number[] {
  return isListOf(value, Number.isSafeInteger) && value.length === hashes.length;
}

function isFinding(value: unknown): value is KernelFinding {
  return (
    isRecord(value) &&
    Number.isFinite(value.speedup) &&
    Number.isFinite(value.speedupByTwos) &&
    typeof value.environment === 'string'
  );
}

function isSource(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.slot === 'string' &&
    typeof value.address === 'string' &&
    isListOf(value.validators, (validator) => isRecord(validator) && typeof validator.url === 'string')
  );
}
