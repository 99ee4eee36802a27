// Records of whatever shape in IndexedDB, a limit on their size, and models that change at their address.
import { packed, PACKED } from './host';
import { inDatabase } from './database';
import { expect, expectRight, test, visit } from './support';

const RECORDS: [string, string][] = [
  ['nothing but a key', '{ key }'],
  ['no hashes', '{ ...record, hashes: null }'],
  ['hashes that are numbers', '{ ...record, hashes: [1, 2] }'],
  ['another size', '{ ...record, bytes: 7 }'],
  ['checksums that are no numbers', '{ ...record, checksums: record.hashes }'],
  ['checksums of other bytes', '{ ...record, checksums: record.checksums.map((sum) => sum ^ 1) }'],
  ['a date for its last use', '{ ...record, lastUsed: new Date() }'],
  ['files that are no texts', '{ ...record, files: [null] }'],
  ['sources of another version', '{ ...record, sources: { a: 1 }, notes: 5, pinned: "yes" }'],
];

for (const [what, change] of RECORDS) {
  test(`a record with ${what} heals by itself`, async ({ blank, host }) => {
    expectRight(await visit(blank));
    await inDatabase(
      blank,
      `const store = database.transaction('models', 'readwrite').objectStore('models');
       const [record] = await done(store.getAll());
       const { key } = record;
       await done(store.put(${change}));`,
    );
    await blank.evaluate(async () => (await import('edgebert')).cache.list());
    expectRight(await visit(blank));
    const requests = host.ranges.length;
    const third = await visit(blank);
    expectRight(third);
    expect(third.warnings).toEqual([]);
    expect(host.ranges).toHaveLength(requests);
  });
}

test('a database without our stores is replaced', async ({ blank, host }) => {
  await blank.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open('edgebert', 1);
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
  );
  const first = await visit(blank);
  expectRight(first);
  expect(first.warnings).toEqual([]);
  expectRight(await visit(blank));
  expect(host.ranges).toHaveLength(1);
});

test('above 1 GiB the models used longest ago are removed', async ({ blank, host }) => {
  await blank.evaluate(async () => (await import('edgebert')).cache.list());
  await inDatabase(
    blank,
    `const transaction = database.transaction(['models', 'pieces'], 'readwrite');
     for (const [name, lastUsed] of [['old', 1], ['older', 0], ['recent', 2]]) {
       const key = name + '@int8-1';
       transaction.objectStore('models').put({ key, name, version: 'int8-1', precision: 'int8', bytes: 500e6,
         hashes: ['0'], files: [], fingerprint: '0', pinned: true, sources: [], notes: [], lastUsed });
       transaction.objectStore('pieces').put(new Uint8Array(1), [key, 0]);
     }
     await new Promise((resolve) => { transaction.oncomplete = resolve; });`,
  );
  expectRight(await visit(blank));
  const names = await blank.evaluate(async () =>
    (await (await import('edgebert')).cache.list()).map(({ name }) => name),
  );
  expect(names).toEqual(['all-MiniLM-L6-v2', 'recent', 'old']);
  const pieces = await inDatabase<unknown[]>(
    blank,
    `return done(database.transaction('pieces').objectStore('pieces').getAllKeys());`,
  );
  expect(pieces.map((key) => (key as string[])[0])).not.toContain('older@int8-1');
  expect(host.ranges).toHaveLength(1);
});

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where}: a model that is replaced at its address`, async ({ blank, server }) => {
    let etag = '"1"';
    const requests: string[] = [];
    server.answer(PACKED, (request, response) => {
      requests.push(request.method!);
      response.setHeader('etag', etag);
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.end(request.method === 'HEAD' ? undefined : packed);
    });
    const load = () =>
      blank.evaluate(
        async ({ where, source }) => {
          const edgebert = await import('edgebert');
          const warnings: string[] = [];
          let warned = () => {};
          const warning = new Promise<void>((resolve) => (warned = resolve));
          const onWarning = ({ message }: { message: string }) => {
            warnings.push(message);
            warned();
          };
          const model = await edgebert[where].from_pretrained(source, { onWarning });
          if ('terminate' in model) model.terminate();
          else model.free();
          await Promise.race([warning, new Promise((resolve) => setTimeout(resolve, 1000))]);
          return warnings;
        },
        { where, source: PACKED },
      );
    expect(await load()).toEqual([]);
    expect(await load()).toEqual([]);
    expect(requests.filter((method) => method === 'GET')).toHaveLength(1);
    etag = '"2"';
    expect(await load()).toEqual([expect.stringMatching(/has changed since the model was cached/)]);
    expect(await load()).toEqual([]);
    // The content is the same, so that the header was enough.
    expect(requests.filter((method) => method === 'GET')).toHaveLength(2);
    expect(await load()).toEqual([]);
    expect(requests.filter((method) => method === 'GET')).toHaveLength(2);
  });
}
