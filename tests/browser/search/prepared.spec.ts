// Prepared documents and indexes in a page: kept after the first visit, brought up to date by what changed,
// and used without their server.
import type { Page } from '@playwright/test';
import type { SearchDocument } from 'edgebert';
import { expect, test } from '../support/test';
import type { TestServer } from '../support/server';

const FILE = '/prepared/docs.index';
const DOCUMENTS = [
  { id: 'a', text: 'The physician told me to rest.', title: 'Visit', metadata: { year: 2026 } },
  { id: 'b', text: 'Bananas are yellow. They grow on trees. '.repeat(30) },
  { id: 'c', text: 'The upload failed with ERR_1042.' },
];

interface File {
  readonly bytes: Buffer;
  readonly etag?: string;
}

/** The file that documents make, by the page's own engine. */
async function prepare(page: Page, documents: SearchDocument[], etag?: string): Promise<File> {
  const numbers = await page.evaluate(async (documents) => {
    const { SemanticSearch, WasmModel } = await import('edgebert');
    const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
    const search = await SemanticSearch.open('made', { model, persist: false });
    await search.add(documents);
    return Array.from(search.toBytes());
  }, documents);
  return { bytes: Buffer.from(numbers), ...(etag !== undefined && { etag }) };
}

/** Serves a file, with its version; counts what was asked. */
function serve(server: TestServer, { bytes, etag }: File): { methods: string[] } {
  const methods: string[] = [];
  server.answer(FILE, (request, response) => {
    methods.push(request.method ?? '');
    if (etag !== undefined) response.setHeader('etag', etag);
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      return response.writeHead(304).end();
    }
    response.writeHead(200, { 'content-length': bytes.length });
    return response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  return { methods };
}

type Step = 'add' | 'remove' | 'replace';

/** A visit: what is there, what was encoded, how much was written, what was warned of. */
async function visit(page: Page, steps: Step[] = [], options: { from?: boolean; cache?: 'reload' } = {}) {
  return page.evaluate(
    async ({ steps, from, cache, file }) => {
      const { SemanticSearch, WasmModel } = await import('edgebert');
      const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
      let encoded = 0;
      const { encodeDocuments } = model;
      model.encodeDocuments = (texts, more) => {
        encoded += texts.length;
        return encodeDocuments.call(model, texts, more);
      };
      let written = 0;
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (value, key) {
        if (value instanceof Uint8Array) written += value.length;
        return put.call(this, value, key);
      };
      const warnings: string[] = [];
      let fetched = 0;
      try {
        const search = await SemanticSearch.open('docs', {
          model,
          ...(from && { from: file }),
          ...(cache && { cache }),
          onFetch: ({ fraction }) => (fetched = fraction),
          onWarning: ({ code, message }) => warnings.push(`${code}: ${message}`),
        });
        const opened = written;
        if (steps.includes('add')) await search.add([{ id: 'mine', text: 'My own note.' }]);
        if (steps.includes('replace')) await search.add([{ id: 'c', text: 'What I make of it.' }]);
        if (steps.includes('remove')) await search.remove('a');
        const documents = search.documents().map(({ id, text }) => `${id}: ${text.slice(0, 20)}`);
        const [first] = await search.search(search.documents().at(-1)?.text ?? 'nothing');
        const { persistent } = search;
        await search.close();
        return { documents, encoded, written: opened, fetched, warnings, first: first?.id, persistent };
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return { failed: `${code}: ${message}` };
      } finally {
        IDBObjectStore.prototype.put = put;
      }
    },
    { steps, from: options.from ?? true, cache: options.cache, file: FILE },
  );
}

test('the first visit downloads the documents, the next asks for their version, and none is encoded', async ({
  blank,
  server,
}) => {
  const file = await prepare(blank, DOCUMENTS, '"1"');
  const { methods } = serve(server, file);
  const first = await visit(blank);
  expect(first).toMatchObject({ encoded: 0, fetched: 1, warnings: [], first: 'c', persistent: true });
  expect(first.documents).toHaveLength(3);
  expect(methods).toEqual(['GET']);
  await blank.reload();
  const second = await visit(blank);
  expect(second).toMatchObject({ documents: first.documents, encoded: 0, written: 0, fetched: 0 });
  expect(methods).toEqual(['GET', 'HEAD']);
  expect(await visit(blank, [], { from: false })).toMatchObject({ documents: first.documents });
  expect(methods).toHaveLength(2);
  expect(await visit(blank, [], { cache: 'reload' })).toMatchObject({ fetched: 1, written: 0 });
});

test('of a changed file only what changed is written; what the page added, replaced or removed stays', async ({
  blank,
  server,
}) => {
  serve(server, await prepare(blank, DOCUMENTS, '"1"'));
  const mine = await visit(blank, ['add', 'replace', 'remove']);
  const own = ['c: What I make of it.', 'mine: My own note.'];
  expect(mine.documents).toEqual(['b: Bananas are yellow. ', ...own]);

  const changed = DOCUMENTS.map((document) => ({ ...document, text: `New ${document.text}` }));
  const more = [...changed.filter(({ id }) => id !== 'b'), DOCUMENTS[1]!, { id: 'd', text: 'A fourth.' }];
  serve(server, await prepare(blank, more, '"2"'));
  await blank.reload();
  const updated = await visit(blank);
  expect(updated.documents).toEqual(['b: Bananas are yellow. ', ...own, 'd: A fourth.']);
  expect(updated.encoded).toBe(0);
  expect(updated.written).toBeGreaterThan(0);
  expect(updated.written, 'one new document of one passage').toBeLessThan(1000);

  // What is gone from the file goes, unless the page has made it its own.
  serve(server, await prepare(blank, [changed[0]!], '"3"'));
  expect((await visit(blank)).documents).toEqual([...own]);
  // And a document that was removed here does not come back while the file has it, but does once it is new.
  serve(server, await prepare(blank, [DOCUMENTS[1]!], '"4"'));
  expect((await visit(blank)).documents).toEqual([...own, 'b: Bananas are yellow. ']);
  serve(server, await prepare(blank, [DOCUMENTS[0]!], '"5"'));
  expect((await visit(blank)).documents).toEqual([...own, 'a: The physician told m']);
});

test('documents that were there before join the prepared ones', async ({ blank, server }) => {
  await visit(blank, ['add', 'replace'], { from: false });
  serve(server, await prepare(blank, DOCUMENTS, '"1"'));
  const { documents } = await visit(blank);
  expect(documents?.map((text) => text.slice(0, 6))).toEqual(['mine: ', 'c: Wha', 'a: The', 'b: Ban']);
});

test('a server without versions is read each time, and nothing is written twice', async ({
  blank,
  server,
}) => {
  const { methods } = serve(server, await prepare(blank, DOCUMENTS));
  await visit(blank);
  expect(await visit(blank)).toMatchObject({ written: 0, fetched: 1, encoded: 0 });
  expect(methods).toEqual(['GET', 'GET']);
});

test('a server that fails after the first visit is warned of, and what is kept is used', async ({
  blank,
  server,
}) => {
  test.slow();
  const file = await prepare(blank, DOCUMENTS, '"1"');
  const damaged = Buffer.from(file.bytes);
  damaged[damaged.length - 1]! ^= 1;
  serve(server, file);
  const { documents } = await visit(blank);
  for (const [what, answer, warning] of [
    ['404', () => server.answer(FILE, (_, response) => response.writeHead(404).end()), undefined],
    ['500', () => server.answer(FILE, (_, response) => response.writeHead(500).end()), undefined],
    [
      'no answer',
      () => server.answer(FILE, (request) => request.destroy()),
      /^network: .*could not be checked/,
    ],
    ['damage', () => serve(server, { bytes: damaged, etag: '"2"' }), /^format: The documents that are kept/],
    [
      'half a file',
      () => serve(server, { bytes: file.bytes.subarray(0, 400), etag: '"3"' }),
      /^network: The documents that are kept are used/,
    ],
    [
      'a web page',
      () => serve(server, { bytes: Buffer.from('<!doctype html>'), etag: '"4"' }),
      /^network: The documents that are kept are used/,
    ],
  ] as const) {
    answer();
    const later = await visit(blank);
    expect(later, what).toMatchObject({ documents, encoded: 0, first: 'c' });
    if (warning) expect(later.warnings?.join('\n'), what).toMatch(warning);
  }
  serve(server, file);
  expect(await visit(blank)).toMatchObject({ documents, warnings: [] });
});

test('without room the documents are searched from memory', async ({ blank, server }) => {
  serve(server, await prepare(blank, DOCUMENTS, '"1"'));
  const full = await blank.evaluate(async (file) => {
    const { SemanticSearch, WasmModel } = await import('edgebert');
    const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    const codes: string[] = [];
    const onWarning = ({ code }: { code: string }) => codes.push(code);
    try {
      const search = await SemanticSearch.open('full', { model, from: file, onWarning });
      return { size: search.size, persistent: search.persistent, codes };
    } finally {
      IDBObjectStore.prototype.put = put;
    }
  }, FILE);
  expect(full).toEqual({ size: 3, persistent: false, codes: ['quota'] });
});

test('another model: refused, and with `rebuild` only what the page has added is embedded again', async ({
  blank,
  server,
}) => {
  serve(server, await prepare(blank, DOCUMENTS, '"1"'));
  await visit(blank, ['add', 'replace']);
  const found = await blank.evaluate(async (file) => {
    const { SemanticSearch, WasmModel } = await import('edgebert');
    const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f16', { cache: 'none' });
    const made = await SemanticSearch.open('made', { model, persist: false });
    await made.add(['One.', 'Two.']);
    const bytes = made.toBytes();
    const fetch = async () => new Response(bytes);
    const refused = await SemanticSearch.open('docs', { model, from: file }).catch(
      ({ code }: { code: string }) => code,
    );
    const theirs = await SemanticSearch.open('fresh', { model, from: file }).catch(
      ({ code }: { code: string }) => code,
    );
    let encoded = 0;
    const { encodeDocuments } = model;
    model.encodeDocuments = (texts, more) => {
      encoded += texts.length;
      return encodeDocuments.call(model, texts, more);
    };
    const search = await SemanticSearch.open('docs', { model, from: file, fetch, rebuild: true });
    return { refused, theirs, encoded, texts: search.documents().map(({ text }) => text) };
  }, FILE);
  expect(found).toEqual({
    refused: 'state',
    theirs: 'state',
    encoded: 2,
    texts: ['My own note.', 'What I make of it.', 'One.', 'Two.'].sort(
      (one, other) => found.texts.indexOf(one) - found.texts.indexOf(other),
    ),
  });
});

test('an index is cached under its address, asked for its version, and used without its server', async ({
  blank,
  server,
}) => {
  const make = (size: number) =>
    blank.evaluate(async (size) => {
      const { SearchIndex } = await import('edgebert');
      const index = new SearchIndex({ dimension: 8, model: 'm' });
      const ids = Array.from({ length: size }, (_, i) => String(i));
      index.upsertMany(
        ids,
        Float32Array.from({ length: 8 * size }, (_, i) => Math.cos(i)),
      );
      return Array.from(index.toBytes());
    }, size);
  const load = (options: { cache?: 'none' | 'reload' } = {}) =>
    blank.evaluate(
      async ({ file, options }) => {
        const { SearchIndex } = await import('edgebert');
        const warnings: string[] = [];
        const index = await SearchIndex.fetch(`${file}?token=${Math.random()}`, {
          ...options,
          model: 'm',
          onWarning: ({ code }) => warnings.push(code),
        });
        const list = (await SearchIndex.list()).map(({ name, size }) => `${new URL(name).pathname} ${size}`);
        return { size: index.size, warnings, list };
      },
      { file: FILE, options },
    );
  const one = serve(server, { bytes: Buffer.from(await make(10)), etag: '"1"' });
  expect(await load({ cache: 'none' })).toEqual({ size: 10, warnings: [], list: [] });
  const kept = { size: 10, warnings: [], list: [`${FILE} 10`] };
  expect(await load()).toEqual(kept);
  expect(await load()).toEqual(kept);
  expect(one.methods).toEqual(['GET', 'GET', 'HEAD']);
  expect(await load({ cache: 'reload' })).toEqual(kept);
  expect(one.methods).toEqual(['GET', 'GET', 'HEAD', 'GET']);

  serve(server, { bytes: Buffer.from(await make(20)), etag: '"2"' });
  expect(await load()).toEqual({ size: 20, warnings: [], list: [`${FILE} 20`] });
  server.answer(FILE, (request) => request.destroy());
  expect(await load()).toEqual({ size: 20, warnings: ['network'], list: [`${FILE} 20`] });
});
