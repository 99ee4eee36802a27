import type { Bytes, NamedText, Precision } from '../shared/types.js';

/** A model in the store, or the beginning of one. */
export interface StoredModel {
  /** Identifies the bytes: the same key always means the same file. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly precision: Precision;
  /** Size of the file. */
  readonly bytes: number;
  /** SHA-256 of every piece, the header first. */
  readonly hashes: readonly string[];
  /** The files beside an original checkpoint; a packed file has none. */
  readonly files: readonly NamedText[];
  /** Milliseconds since 1970. */
  readonly lastUsed: number;
}

/**
 * Where models are kept between visits, in pieces. A model is there once `complete` has put its
 * record; pieces without one are the beginning of a download, which a later visit may go on with.
 * Nothing read from a store is trusted: whoever reads checks the hashes.
 *
 * Every method may reject: the store may be full, or taken away while it is open.
 */
export interface ModelStore {
  /** The record of a complete model. */
  find(key: string): Promise<StoredModel | undefined>;
  /** A piece, undefined where it is missing. */
  read(key: string, index: number): Promise<Bytes | undefined>;
  /** Keeps a piece, instead of an earlier one of that index. */
  write(key: string, index: number, piece: Bytes): Promise<void>;
  /** Puts the record, once all pieces are there; false where one has gone in the meantime. */
  complete(model: StoredModel): Promise<boolean>;
  /** Notes that a model was used now. */
  touch(key: string): Promise<void>;
  /** The complete models. */
  list(): Promise<StoredModel[]>;
  /** Drops a model, or the beginning of one; nothing happens where there is neither. */
  delete(key: string): Promise<void>;
  /** The keys of all that is there, complete or begun. */
  keys(): Promise<string[]>;
  /** Lets go of the store; what was written stays. */
  close(): void;
}

/** What identifies one version of a model. */
export function keyOf(name: string, version: string): string {
  return `${name}@${version}`;
}

/** The name that a key was made from. */
export function nameOf(key: string): string {
  return key.slice(0, key.lastIndexOf('@'));
}

/**
 * Drops something that the model of this key can do without: beginnings of other downloads first,
 * then other versions of the same model, the one used longest ago first. Other models stay.
 * Returns false where there is nothing to drop.
 */
export async function makeRoom(store: ModelStore, key: string): Promise<boolean> {
  const complete = await store.list();
  const begun = (await store.keys()).filter((other) => !complete.some((model) => model.key === other));
  const versions = complete
    .filter((model) => model.name === nameOf(key))
    .sort((one, other) => one.lastUsed - other.lastUsed)
    .map((model) => model.key);
  const victim = [...begun, ...versions].find((other) => other !== key);
  if (victim === undefined) return false;
  await store.delete(victim);
  return true;
}
