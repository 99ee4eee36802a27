export interface Records {
  /** Records of segments, and their bytes. */
  parts: number;
  bytes: number;
}

/**
 * To be run on a page: does `work`, the text of a function's body that has the stores `parts` and
 * `indexes`, and `done` for their requests, with the saved indexes' records, as another program on
 * the same site could reach them; then counts what is there.
 */
export const recordsHere = (work: string): Promise<Records> =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open('edgebert-search');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = async () => {
      const done = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const transaction = opening.result.transaction(['indexes', 'parts'], 'readwrite');
      const [parts, indexes] = [transaction.objectStore('parts'), transaction.objectStore('indexes')];
      const run = new Function('parts', 'indexes', 'done', `return (async () => { ${work} })()`);
      await run(parts, indexes, done);
      const all = await done(parts.getAll());
      opening.result.close();
      resolve({ parts: all.length, bytes: all.reduce((sum, { length }) => sum + length, 0) });
    };
  });
