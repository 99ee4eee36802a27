// SemanticSearch with MiniLM in a page: found by meaning and by words, kept, brought up to date, refused.
import type { Page } from '@playwright/test';
import type { SemanticSearch } from 'edgebert';
import { expect, test } from '../support/test';

const NOTES = [
  { id: 'health', text: 'I had a fever all week. The physician told me to rest and drink tea.' },
  { id: 'server', text: 'The upload failed again with ERR_1042 after the restart.' },
  { id: 'fruit', text: 'Bananas are yellow and sweet.' },
];

test('documents are found by meaning and by words, and are there on the next visit', async ({ blank }) => {
  const visit = (notes: typeof NOTES) =>
    blank.evaluate(async (notes) => {
      const { SemanticSearch } = await import('edgebert');
      const search = await SemanticSearch.open('notes', { baseUrl: '/models' });
      const before = search.size;
      const summary = await search.add(notes);
      const [doctor] = await search.search('doctor');
      const [code] = await search.search('what does err-1042 mean', { alpha: 0.5 });
      const { persistent } = search;
      await search.close();
      return { before, summary, doctor: doctor!, code: code!.id, persistent };
    }, notes);

  const first = await visit(NOTES);
  expect(first).toMatchObject({ before: 0, summary: { added: 3 }, code: 'server', persistent: true });
  const { id, text, start, end } = first.doctor;
  expect([id, NOTES[0]!.text.slice(start, end)]).toEqual(['health', text]);

  await blank.reload();
  const second = await visit([...NOTES.slice(0, 2), { id: 'fruit', text: 'Apples are red.' }]);
  expect(second).toMatchObject({
    before: 3,
    summary: { added: 0, updated: 1, unchanged: 2 },
    code: 'server',
  });
  expect(second.doctor).toEqual(first.doctor);
});

test('changes of two tabs are both kept', async ({ blank, server, context }) => {
  const other = await context.newPage();
  await other.goto(`${server.origin}/blank.html`);
  const open = (page: typeof blank) =>
    page.evaluateHandle(async () => {
      const { SemanticSearch } = await import('edgebert');
      return SemanticSearch.open('tabs', { baseUrl: '/models' });
    });
  const [one, two] = [await open(blank), await open(other)];
  await one.evaluate((search) => search.add([{ id: 'a', text: 'One.' }]));
  await two.evaluate((search) => search.add([{ id: 'b', text: 'Two.' }]));
  await one.evaluate((search) => search.remove('a'));
  const kept = await open(blank);
  expect(await kept.evaluate((search) => search.documents().map(({ id }) => id))).toEqual(['b']);
});

test('a tab knows what another one has removed, added or deleted before it finds that there is nothing to do', async ({
  blank,
  server,
  context,
}) => {
  const other = await context.newPage();
  await other.goto(`${server.origin}/blank.html`);
  const open = (page: Page) =>
    page.evaluateHandle(async () => {
      const { SemanticSearch, WasmModel } = await import('edgebert');
      const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
      return SemanticSearch.open('turns', { model });
    });
  const addX = (search: SemanticSearch) => search.add([{ id: 'x', text: 'x' }]);
  /** What this tab is told, and what is kept, after the other one has changed something meanwhile. */
  const after = async (
    theirs: (search: SemanticSearch) => Promise<unknown>,
    mine: (search: SemanticSearch) => Promise<unknown>,
  ) => {
    const [search, others] = [await open(blank), await open(other)];
    await others.evaluate(theirs);
    const told = await search.evaluate(mine);
    const kept = await (await open(blank)).evaluate((again) => again.documents().map(({ id }) => id));
    return { told, kept };
  };
  await (
    await open(blank)
  ).evaluate((search) =>
    search.add([
      { id: 'x', text: 'x' },
      { id: 'y', text: 'y' },
    ]),
  );

  const added = { added: 1, updated: 0, unchanged: 0 };
  expect(await after((search) => search.remove('x'), addX)).toEqual({ told: added, kept: ['y', 'x'] });
  const addZ = (search: SemanticSearch) => search.add([{ id: 'z', text: 'z' }]);
  expect(await after(addZ, (search) => search.remove(['z', 'z']))).toEqual({ told: 1, kept: ['y', 'x'] });
  const deleteAll = async () => (await import('edgebert')).SemanticSearch.delete('turns');
  expect(await after(deleteAll, addX)).toEqual({ told: added, kept: ['x'] });
  expect(await after(deleteAll, (search) => search.remove('x'))).toEqual({ told: 0, kept: [] });
});

test('documents whose database is deleted while they are open, as with the data of the site: the program is told', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const { SemanticSearch, WasmModel } = await import('edgebert');
    const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
    const warnings: string[] = [];
    const onWarning = ({ code, message }: { code: string; message: string }) =>
      void warnings.push(`${code}: ${message}`);
    const search = await SemanticSearch.open('gone', { model, onWarning });
    await search.add([{ id: 'a', text: 'a' }]);
    const before = warnings.length;
    for (const { name } of await indexedDB.databases()) {
      await new Promise((resolve) => (indexedDB.deleteDatabase(name!).onsuccess = resolve));
    }
    await search.add([{ id: 'b', text: 'b' }]);
    return { before, warnings, ids: search.documents().map(({ id }) => id) };
  });
  expect(seen).toEqual({
    before: 0,
    warnings: [expect.stringMatching(/^state: .*deleted while they were open.*Add the others again/)],
    ids: ['b'],
  });
});

test('where there is no room, the documents stay what they were, and all of them can be removed', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const { SemanticSearch, WasmModel } = await import('edgebert');
    const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
    const search = await SemanticSearch.open('full', { model });
    const add = (...ids: string[]) => search.add(ids.map((id) => ({ id, text: `text ${id}` })));
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        ({ code }: { code?: string }) => code,
      );
    const documents = async () => {
      const found = (await search.search('text')).map(({ id }) => id).sort();
      const kept = (await SemanticSearch.open('full', { model })).documents().map(({ id }) => id);
      return [search.documents().map(({ id }) => id), found, kept].map((ids) => ids.join());
    };
    await add('a', 'b');
    let room = 2000;
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value: unknown, ...key) {
      if (room < (value instanceof Uint8Array ? value.length : 1))
        throw new DOMException('full', 'QuotaExceededError');
      return put.call(this, value, ...key);
    };
    const much = Array.from({ length: 40 }, (_, i) => `much ${i}`);
    const tooMuch = [await failure(add(...much)), await documents()];
    await add('c');
    const little = await documents();
    room = 0;
    const one = [await failure(search.remove('a')), await documents()];
    const all = await search.remove(['a', 'b', 'c']);
    const cleared = search.size;
    room = 2000;
    const none = await documents();
    await add('d');
    room = 0;
    await search.clear();
    room = Infinity;
    await add('e');
    return { tooMuch, little, one, all, cleared, none, end: await documents() };
  });
  expect(seen).toEqual({
    tooMuch: ['quota', ['a,b', 'a,b', 'a,b']],
    little: ['a,b,c', 'a,b,c', 'a,b,c'],
    one: ['quota', ['a,b,c', 'a,b,c', 'a,b,c']],
    all: 3,
    cleared: 0,
    none: ['', '', ''],
    end: ['e', 'e', 'e'],
  });
});

test('a tab that opens while another one saves loses nothing of it, and many adds at once all arrive', async ({
  blank,
  server,
  context,
}) => {
  const other = await context.newPage();
  await other.goto(`${server.origin}/blank.html`);
  const add = (page: typeof blank, tab: string) =>
    page.evaluate(async (tab) => {
      const { SemanticSearch, WasmModel } = await import('edgebert');
      const model = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
      const names = Array.from({ length: 20 }, (_, i) => `${tab} ${i}`);
      // Each of them opens for itself, the first ones while there is nothing yet.
      await Promise.all(
        names.map(async (id) => {
          const search = await SemanticSearch.open('race', { model });
          await search.add([{ id, text: `text ${id}` }]);
        }),
      );
      return (await SemanticSearch.open('race', { model })).size;
    }, tab);
  await Promise.all([add(blank, 'one'), add(other, 'two')]);
  expect(await add(blank, 'one')).toBe(40);
});

test('another model is refused by name, and encodes the documents anew where it may', async ({ blank }) => {
  const seen = await blank.evaluate(async () => {
    const { SemanticSearch, WasmModel } = await import('edgebert');
    const tiny = await WasmModel.from_pretrained('/fixtures/tiny-bert-f32', { cache: 'none' });
    const built = await SemanticSearch.open('model', { model: tiny });
    await built.add([{ id: 'a', title: 'A', text: 'A river.', metadata: { n: 1 } }]);
    const before = built.documents();
    const refused = await SemanticSearch.open('model', { baseUrl: '/models' }).then(
      () => 'opened',
      (error) => `${error.code}: ${error.message}`,
    );
    const anew = await SemanticSearch.open('model', { baseUrl: '/models', rebuild: true });
    const after = anew.documents();
    const [found] = await anew.search('stream');
    await SemanticSearch.delete('model');
    return { before, refused, after, found: found!.id };
  });
  expect(seen.refused).toMatch(
    /^state: The documents of "model" were embedded by .* and this model is .* `rebuild: true` to embed them again/,
  );
  expect(seen.after).toEqual(seen.before);
  expect(seen.found).toBe('a');
});
