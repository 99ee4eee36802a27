import type { Page } from '@playwright/test';

/**
 * To be run on a page: does `work`, the text of a function's body that has `database` and `done`,
 * with the cache's records, as another program on the same site could reach them.
 */
export const inDatabaseHere = <T>(work: string): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const opening = indexedDB.open('edgebert');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = async () => {
      const done = (request: IDBRequest) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const run = new Function('database', 'done', `return (async () => { ${work} })()`) as (
        database: IDBDatabase,
        done: (request: IDBRequest) => Promise<unknown>,
      ) => Promise<T>;
      await run(opening.result, done).then(resolve, reject);
      opening.result.close();
    };
  });

export function inDatabase<T>(page: Page, work: string): Promise<T> {
  return page.evaluate<T, string>(inDatabaseHere, work);
}

/** To be run on a page: leaves a database there as a later version of the package would. */
export const leaveFutureDatabaseHere = (): Promise<void> =>
  new Promise((resolve) => {
    const opening = indexedDB.open('edgebert', 99);
    opening.onsuccess = () => {
      opening.result.close();
      resolve();
    };
  });

/** To be run on a page: deletes the database, in use or not. */
export const deleteDatabaseHere = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase('edgebert');
    deleting.onsuccess = () => resolve();
    deleting.onerror = () => reject(deleting.error);
  });

/** Defines the keys of all pieces, and how to read and write one of them. */
export const PIECES = `const pieces = () => database.transaction('pieces', 'readwrite').objectStore('pieces');
  const keys = await done(pieces().getAllKeys());
  const read = async (key) => new Uint8Array(await new Response(await done(pieces().get(key))).arrayBuffer());
  const write = (key, piece) => done(pieces().put(piece, key));`;

/** What may become of what is kept, and how. */
export const DAMAGES: [string, string][] = [
  [
    'a flipped bit in a piece',
    `${PIECES} const piece = await read(keys[9]); piece[5] ^= 1; await write(keys[9], piece);`,
  ],
  [
    'a flipped bit in the header',
    `${PIECES} const piece = await read(keys[0]); piece[99] ^= 1; await write(keys[0], piece);`,
  ],
  [
    'a flipped bit in a piece that an earlier version kept, with hashes alone',
    `const models = database.transaction('models', 'readwrite').objectStore('models');
     const [{ checksums, ...record }] = await done(models.getAll());
     if (!checksums) throw new Error('a record has checksums');
     await done(models.put(record));
     ${PIECES} const piece = await read(keys[9]); piece[5] ^= 1; await write(keys[9], piece);`,
  ],
  ['a missing piece', `${PIECES} await done(pieces().delete(keys[9]));`],
  ['a short piece', `${PIECES} await write(keys[9], (await read(keys[9])).slice(1));`],
  ['a piece that is no bytes', `${PIECES} await write(keys[9], 'nothing');`],
];
