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

/**
 * Defines the keys of all pieces, and how to read and write one of them. A file that they were joined to is
 * laid apart before, as earlier versions kept it.
 */
export const PIECES = `const pieces = () => database.transaction('pieces', 'readwrite').objectStore('pieces');
  const read = async (key) => new Uint8Array(await new Response(await done(pieces().get(key))).arrayBuffer());
  const write = (key, piece) => done(pieces().put(piece, key));
  for (const [model, number] of await done(pieces().getAllKeys())) {
    if (number !== -1) continue;
    const { blob, lengths } = await done(pieces().get([model, -1]));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let at = 0;
    for (const [i, length] of lengths.entries()) {
      await write([model, i], new Blob([bytes.subarray(at, (at += length))]));
    }
    await done(pieces().delete([model, -1]));
  }
  const keys = await done(pieces().getAllKeys());`;

/** Defines the only file, its record's key, its bytes, and how to write another record. */
export const FILE = `const pieces = () => database.transaction('pieces', 'readwrite').objectStore('pieces');
  const keys = await done(pieces().getAllKeys());
  if (keys.length !== 1 || keys[0][1] !== -1) throw new Error('not one file: ' + JSON.stringify(keys));
  const file = await done(pieces().get(keys[0]));
  const bytes = new Uint8Array(await file.blob.arrayBuffer());
  const write = (record) => done(pieces().put(record, keys[0]));`;

/** What may become of what is kept, and how: of pieces first, since not every browser can keep the file. */
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
  [
    'a flipped bit in the file',
    `${FILE} bytes[9_000_000] ^= 1; await write({ ...file, blob: new Blob([bytes]) });`,
  ],
  [
    "a flipped bit in the file's header",
    `${FILE} bytes[99] ^= 1; await write({ ...file, blob: new Blob([bytes]) });`,
  ],
  ['a file that is cut short', `${FILE} await write({ ...file, blob: file.blob.slice(0, -1) });`],
  [
    'a file without its last piece',
    `${FILE} const lengths = file.lengths.slice(0, -1);
     await write({ blob: file.blob.slice(0, bytes.length - file.lengths.at(-1)), lengths });`,
  ],
  ['pieces of other lengths', `${FILE} await write({ ...file, lengths: file.lengths.toReversed() });`],
  [
    'pieces of less than no length',
    `${FILE} await write({ ...file, lengths: [...file.lengths, bytes.length, -bytes.length] });`,
  ],
  ['lengths that are no numbers', `${FILE} await write({ ...file, lengths: file.lengths.map(String) });`],
  ['a file that is no bytes', `${FILE} await write({ ...file, blob: 'nothing' });`],
  ['a file that is nothing', `${FILE} await write(null);`],
  [
    'a damaged piece beside the file',
    `${FILE} await done(pieces().put(new Blob([bytes.subarray(0, 1 << 20)]), [keys[0][0], 9]));`,
  ],
];
