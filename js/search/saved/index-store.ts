import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { EdgeBertError, messageOf } from '../../shared/errors.js';
import { isRecord } from '../../shared/guards.js';

import { isQuota, openWithin } from '../../storage/idb.js';
import { MAX_DIMENSION } from './index-file.js';
import type { IndexHeader } from './index-file.js';
import { asOrigin, type Origin } from './origin.js';
import type { Written } from './segment.js';
import type { Bytes } from '../../shared/types.js';

const DATABASE = 'edgebert-search';
const VERSION = 1;
/** From so many records on, those of few changes are joined to one. */
const MOST_RECORDS = 64;
const FEW_CHANGES = 4096;

/** One record of the store: one segment or more, one after the other. */
interface Part {
  readonly key: number;
  /** Vectors put in and ids removed. */
  readonly changes: number;
}

/** A saved index. It is there once this is; the parts are replayed in their order. */
interface SavedIndex extends IndexHeader {
  readonly name: string;
  /** Another one after every save: who read an earlier one has not seen the latest. */
  readonly generation: string;
  readonly parts: readonly Part[];
  /** Milliseconds since 1970. */
  readonly saved: number;
  /** Of an index that was fetched. */
  readonly origin?: Origin | undefined;
}

interface Schema extends DBSchema {
  indexes: { key: string; value: SavedIndex };
  parts: { key: [name: string, key: number]; value: Bytes };
}

type Writing = IDBPTransaction<Schema, ['indexes', 'parts'], 'readwrite'>;

/** What of an index goes into a save. All are called at one moment, without a wait between them. */
export interface Saving {
  header(): IndexHeader;
  origin(): Origin | undefined;
  /** What changed since the generation that the index knows; undefined where all of it has to be written. */
  changes(): Written[] | undefined;
  everything(): Written[];
}

/**
 * Writes an index, or what changed in it, in one transaction: whatever happens to the tab, either
 * this state or the one before is found afterwards. Returns the generation.
 *
 * @param known the generation that the index was read from or last saved as, undefined where it has
 * nothing to do with what is saved under this name, and replaces it
 */
export async function saveIndex(name: string, known: string | undefined, saving: Saving): Promise<string> {
  return writing(name, async (transaction) => {
    const before = await transaction.objectStore('indexes').get(name);
    if (known !== undefined && before?.generation !== known) {
      const [what, remedy] = before
        ? ['saved', 'to lose neither, open it again and repeat the changes']
        : ['deleted', 'to keep it all the same, save a copy'];
      throw new EdgeBertError(
        'state',
        `The index ${JSON.stringify(name)} was ${what} from elsewhere since it was opened here, perhaps by another tab; ` +
          `${remedy}.`,
      );
    }
    const base = known === undefined ? undefined : before;
    const joined = base && (await joinable(transaction, base));
    const header = saving.header();
    const origin = saving.origin();
    const changes = base && saving.changes();
    const sameOrigin = JSON.stringify(base?.origin) === JSON.stringify(origin);
    if (base && changes?.length === 0 && sameOrigin) return base.generation;
    // Parts with more in them that was removed or replaced than is left are not worth keeping.
    const kept = base && changesOf(base.parts) <= 2 * header.size + FEW_CHANGES;
    const generation = crypto.getRandomValues(new Uint32Array(4)).join('-');
    const saved = { ...header, name, generation, saved: Date.now(), ...(origin && { origin }) };
    const parts =
      kept && joined && changes
        ? append(transaction, base, joined, changes)
        : replace(transaction, name, saving.everything());
    quietly(transaction.objectStore('indexes').put({ ...saved, parts }));
    return generation;
  });
}

/** The last parts of few changes, where there are so many parts that joining them pays. */
async function joinable(
  transaction: Writing,
  { name, parts }: SavedIndex,
): Promise<(Part & { bytes: Bytes })[]> {
  if (parts.length < MOST_RECORDS) return [];
  const last = parts.findLastIndex(({ changes }) => changes >= FEW_CHANGES);
  const store = transaction.objectStore('parts');
  return Promise.all(
    parts.slice(last + 1).map(async (part) => {
      const bytes = await store.get([name, part.key]);
      if (!bytes) throw missing(name);
      return { ...part, bytes };
    }),
  );
}

function append(
  transaction: Writing,
  { name, parts }: SavedIndex,
  joined: readonly (Part & { bytes: Bytes })[],
  changes: readonly Written[],
): Part[] {
  const store = transaction.objectStore('parts');
  for (const { key } of joined) quietly(store.delete([name, key]));
  const written = joined.length > 0 ? [concatenated([...joined, ...changes])] : changes;
  const kept = parts.slice(0, parts.length - joined.length);
  return [...kept, ...put(transaction, name, written, (parts.at(-1)?.key ?? -1) + 1)];
}

function replace(transaction: Writing, name: string, written: readonly Written[]): Part[] {
  quietly(transaction.objectStore('parts').delete(partsOf(name)));
  return put(transaction, name, written, 0);
}

function put(transaction: Writing, name: string, written: readonly Written[], first: number): Part[] {
  const store = transaction.objectStore('parts');
  return written.map(({ bytes, changes }, i) => {
    quietly(store.put(bytes, [name, first + i]));
    return { key: first + i, changes };
  });
}

/** A request that fails fails its transaction, which tells. */
function quietly(request: Promise<unknown>): void {
  request.catch(() => {});
}

function concatenated(written: readonly Written[]): Written {
  const bytes = new Uint8Array(written.reduce((sum, each) => sum + each.bytes.length, 0));
  let place = 0;
  for (const each of written) {
    bytes.set(each.bytes, place);
    place += each.bytes.length;
  }
  return { bytes, changes: changesOf(written) };
}

function changesOf(parts: readonly { readonly changes: number }[]): number {
  return parts.reduce((sum, { changes }) => sum + changes, 0);
}

/**
 * A saved index, read in one transaction.
 *
 * @throws EdgeBertError `state` if there is none, `format` if it is damaged
 */
export async function readIndex(
  name: string,
): Promise<{ header: IndexHeader; generation: string; parts: Bytes[]; origin: Origin | undefined }> {
  const [saved, parts] = await withDatabase(async (database) => {
    const transaction = database.transaction(['indexes', 'parts'], 'readonly');
    return Promise.all([
      transaction.objectStore('indexes').get(name),
      transaction.objectStore('parts').getAll(partsOf(name)),
      transaction.done,
    ]);
  });
  if (saved === undefined)
    throw new EdgeBertError('state', `There is no saved index ${JSON.stringify(name)}`);
  checkSaved(name, saved);
  if (parts.length !== saved.parts.length || !parts.every((part) => part instanceof Uint8Array))
    throw missing(name);
  return { header: saved, generation: saved.generation, parts, origin: asOrigin(saved.origin) };
}

/** What a program of another kind, or a later version, may have left there. */
function checkSaved(name: string, saved: unknown): asserts saved is SavedIndex {
  const fields: Record<string, (value: unknown) => boolean> = {
    model: (value) => value === undefined || typeof value === 'string',
    fingerprint: (value) => value === undefined || typeof value === 'string',
    dimension: (value) =>
      Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_DIMENSION,
    precision: (value) => value === 'int8' || value === 'f32',
    size: (value) => Number.isInteger(value),
    generation: (value) => typeof value === 'string',
    parts: Array.isArray,
  };
  const record = isRecord(saved) ? saved : {};
  const bad = Object.keys(fields).find((field) => !fields[field]!(record[field]));
  if (bad)
    throw new EdgeBertError(
      'format',
      `The saved index ${JSON.stringify(name)} is corrupt: invalid field \`${bad}\``,
    );
}

function missing(name: string): EdgeBertError {
  return new EdgeBertError('format', `The saved index ${JSON.stringify(name)}: parts of it are missing`);
}

/** Nothing happens where there is none. */
export async function deleteIndex(name: string): Promise<void> {
  await writing(name, async (transaction) => {
    quietly(transaction.objectStore('indexes').delete(name));
    quietly(transaction.objectStore('parts').delete(partsOf(name)));
  });
}

/** Where the index of that name was fetched from; undefined where there is none, or one of another kind. */
export async function readOrigin(name: string): Promise<Origin | undefined> {
  return asOrigin((await withDatabase((database) => database.get('indexes', name)))?.origin);
}

export async function listIndexes(): Promise<SavedIndex[]> {
  return withDatabase((database) => database.getAll('indexes'));
}

/** Does `work` in a transaction, all of it or nothing. */
async function writing<T>(name: string, work: (transaction: Writing) => Promise<T>): Promise<T> {
  return withDatabase(async (database) => {
    const transaction = database.transaction(['indexes', 'parts'], 'readwrite', { durability: 'strict' });
    const end = transaction.done.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    try {
      const result = await work(transaction);
      await transaction.done;
      return result;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended already.
      }
      // Where it fails as a whole it tells the reason; its requests only say that it was aborted.
      const quota = [error, await end].find(isQuota);
      if (!quota) throw error;
      const problem = `The index ${JSON.stringify(name)} could not be saved: the browser gives this site no more room`;
      throw new EdgeBertError('quota', problem, { cause: quota });
    }
  });
}

function partsOf(name: string): IDBKeyRange {
  return IDBKeyRange.bound([name], [name, Infinity]);
}

/** Opens the database for as long as `use` takes. */
async function withDatabase<T>(use: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
  if (typeof indexedDB === 'undefined') {
    throw new EdgeBertError(
      'unsupported',
      'There is no IndexedDB here to save an index in: store what `toBytes()` gives',
    );
  }
  let database: IDBPDatabase<Schema>;
  try {
    const opening = openDB<Schema>(DATABASE, VERSION, {
      upgrade(opened) {
        opened.createObjectStore('indexes', { keyPath: 'name' });
        opened.createObjectStore('parts');
      },
      // Whoever deletes the database has to wait for what is being done in it, and no longer.
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
    });
    database = await openWithin(opening);
  } catch (error) {
    throw new EdgeBertError('state', `The saved indexes could not be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    return await use(database);
  } catch (error) {
    if (error instanceof EdgeBertError) throw error;
    throw new EdgeBertError('state', `The saved indexes could not be read or written: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    database.close();
  }
}
