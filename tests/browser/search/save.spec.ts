// Indexes in IndexedDB: what is saved is found, whole, whatever happens in between.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test';
import { recordsHere, type Records } from './records';

test('an index is found by the next visit, and brought up to date', async ({ blank, server }) => {
  await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const index = new SearchIndex({ dimension: 3, model: 'm' });
    index.upsert('x', [1, 0, 0], { n: 1 }, 'first');
    index.upsert('y', [0, 1, 0], { n: 2 });
    await index.save('notes');
    index.remove('x');
    index.upsert('z', [0, 0, 1], undefined, 'third');
    index.upsert('y', [1, 1, 0], { n: 3 });
    await index.save('notes');
  });
  await blank.goto(`${server.origin}/blank.html`);
  const found = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const index = await SearchIndex.open('notes', { model: 'm', dimension: 3 });
    index.upsert('w', [0, -1, 0]);
    await index.save('notes');
    const again = await SearchIndex.open('notes');
    const [listed] = await SearchIndex.list();
    return {
      ids: [...again.ids()],
      y: again.get('y'),
      z: again.get('z'),
      nearest: again.search([1, 0.9, 0], { topK: 1 })[0],
      listed: { ...listed, saved: listed!.saved instanceof Date },
    };
  });
  expect(found).toMatchObject({
    ids: ['y', 'z', 'w'],
    y: { metadata: { n: 3 } },
    z: { text: 'third' },
    nearest: { id: 'y', metadata: { n: 3 } },
    listed: { name: 'notes', model: 'm', dimension: 3, precision: 'int8', size: 3, saved: true },
  });
  expect(found.nearest!.score).toBeGreaterThan(0.99);
});

test('saving writes what changed, and no more', async ({ blank }) => {
  const { added, removed, nothing, replaced } = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const [count, dimension] = [100_000, 64];
    const index = new SearchIndex({ dimension });
    const vectors = (n: number) => Float32Array.from({ length: n * dimension }, () => Math.random() - 0.5);
    const ids = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `id ${from + i}`);
    index.upsertMany(ids(count), vectors(count));
    const puts: number[] = [];
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value: unknown, ...key) {
      puts.push(value instanceof Uint8Array ? value.length : 0);
      return put.call(this, value, ...key);
    };
    const writtenBy = async (change: () => void) => {
      change();
      puts.length = 0;
      await index.save('many');
      return puts.reduce((sum, each) => sum + each, 0);
    };
    const whole = await writtenBy(() => {});
    if (whole < count * dimension) throw new Error(`${whole} bytes are too few`);
    return {
      added: await writtenBy(() => index.upsertMany(ids(100, count), vectors(100))),
      removed: await writtenBy(() => ids(100, 5000).forEach((id) => index.remove(id))),
      nothing: await writtenBy(() => {}),
      replaced: await writtenBy(() => index.upsertMany(ids(10), vectors(10))),
    };
  });
  // 64 bytes and an id of twelve characters, in quotes, for each.
  expect(added).toBeGreaterThan(6400);
  expect(added).toBeLessThan(100 * 80);
  expect(removed).toBeLessThan(100 * 16);
  expect(nothing).toBe(0);
  expect(replaced).toBeLessThan(10 * 80);
});

test('many small saves stay few records, and removed vectors do not pile up', async ({ blank }) => {
  const records = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const index = new SearchIndex({ dimension: 4 });
    for (let i = 0; i < 400; i++) {
      index.upsert(`id ${i}`, [1, i, 0, 0]);
      await index.save('small');
    }
    const again = await SearchIndex.open('small');
    return { size: again.size, same: [...again.ids()].every((id, i) => id === `id ${i}`) };
  });
  expect(records).toEqual({ size: 400, same: true });
  expect((await stored(blank)).parts).toBeLessThan(64);

  await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const index = await SearchIndex.open('small');
    for (let round = 0; round < 20; round++) {
      const ids = Array.from({ length: 1000 }, (_, i) => `id ${i}`);
      index.upsertMany(
        ids,
        Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i + round)),
      );
      await index.save('small');
    }
  });
  // Twenty times 1,000 vectors were written, and 6,096 changes may stay beside 1,000 vectors.
  expect((await stored(blank)).bytes).toBeLessThan(7100 * 16);
});

test('two tabs do not overwrite each other', async ({ blank, context, server }) => {
  const other = await context.newPage();
  await other.goto(`${server.origin}/blank.html`);
  await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const index = new SearchIndex({ dimension: 2 });
    index.upsert('first', [1, 0]);
    await index.save('shared');
    Object.assign(globalThis, { index });
  });
  await other.evaluate(async () => {
    const index = await (await import('edgebert')).SearchIndex.open('shared');
    index.upsert('of the other', [0, 1]);
    await index.save('shared');
  });
  const end = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const { index } = globalThis as unknown as { index: InstanceType<typeof SearchIndex> };
    index.upsert('mine', [1, 1]);
    const error = await index.save('shared').catch((error: unknown) => error as Error & { code?: string });
    const kept = [...(await SearchIndex.open('shared')).ids()];
    // Under another name nothing is in the way, and an index that knows nothing of the name replaces it.
    await index.save('mine alone');
    await index.save('shared');
    return {
      code: error?.code,
      message: error?.message,
      kept,
      alone: [...(await SearchIndex.open('mine alone')).ids()],
      replaced: [...(await SearchIndex.open('shared')).ids()],
    };
  });
  expect(end).toMatchObject({
    code: 'state',
    kept: ['first', 'of the other'],
    alone: ['first', 'mine'],
    replaced: ['first', 'mine'],
  });
  expect(end.message).toContain('"shared" was saved from elsewhere');
});

test('saves at once, and changes meanwhile, lose nothing', async ({ blank }) => {
  const ids = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const index = new SearchIndex({ dimension: 2 });
    const saves: Promise<void>[] = [];
    for (let i = 0; i < 50; i++) {
      index.upsert(`id ${i}`, [1, i]);
      if (i % 10 === 9) index.remove(`id ${i - 5}`);
      saves.push(index.save('busy'));
      if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    await Promise.all(saves);
    index.upsert('last', [0, 1]);
    await index.save('busy');
    return { saved: [...(await SearchIndex.open('busy')).ids()], held: [...index.ids()] };
  });
  expect(ids.saved).toEqual(ids.held);
  expect(ids.saved).toHaveLength(46);
});

test('what fails is named, and what was saved before stays', async ({ blank }) => {
  const failures = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        ({ name, code, message }: Error & { code?: string }) => [code ?? name, message] as const,
      );
    const index = new SearchIndex({ dimension: 2, model: 'one model' });
    index.upsert('a', [1, 0]);
    await index.save('x');
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value: unknown, ...key) {
      const request = put.call(this, value, ...key);
      if (!(value instanceof Uint8Array)) throw new DOMException('full', 'QuotaExceededError');
      return request;
    };
    index.upsert('b', [1, 1]);
    index.remove('a');
    const full = await failure(index.save('x'));
    IDBObjectStore.prototype.put = put;
    const afterwards = [...(await SearchIndex.open('x')).ids()];
    index.upsert('c', [0, 1]);
    await index.save('x');
    const retried = [...(await SearchIndex.open('x')).ids()];
    await SearchIndex.delete('x');
    await SearchIndex.delete('x');
    const copy = SearchIndex.fromBytes(index.bytes);
    return {
      full,
      afterwards,
      retried,
      gone: await failure(SearchIndex.open('x')),
      deleted: await failure(index.save('x')),
      model: await copy.save('x').then(() => failure(SearchIndex.open('x', { model: 'another' }))),
      dimension: await failure(SearchIndex.open('x', { dimension: 3 })),
      name: await failure(index.save(5 as unknown as string)),
    };
  });
  expect(failures.full).toEqual(['quota', expect.stringContaining('"x" could not be saved')]);
  expect(failures.afterwards).toEqual(['a']);
  expect(failures.retried).toEqual(['b', 'c']);
  expect(failures.gone).toEqual(['state', expect.stringContaining('no saved index "x"')]);
  expect(failures.deleted).toEqual(['state', expect.stringContaining('"x" was deleted from elsewhere')]);
  expect(failures.model).toEqual(['state', expect.stringMatching(/one model.*another/)]);
  expect(failures.dimension).toEqual(['state', expect.stringMatching(/dimension 2, not 3/)]);
  expect(failures.name![0]).toBe('TypeError');
});

const DAMAGES: [string, string][] = [
  [
    'a flipped bit',
    `const part = await done(parts.get(['d', 0])); part[99] ^= 1; await done(parts.put(part, ['d', 0]));`,
  ],
  ['a part that is missing', `await done(parts.delete(['d', 1]));`],
  [
    'a part that is cut',
    `const part = await done(parts.get(['d', 1])); await done(parts.put(part.slice(0, 40), ['d', 1]));`,
  ],
  ['a part that is no bytes', `await done(parts.put('nothing', ['d', 1]));`],
  ['a record of another kind', `await done(indexes.put({ name: 'd' }));`],
  [
    'an impossible dimension',
    `const record = await done(indexes.get('d')); await done(indexes.put({ ...record, dimension: 1e9 }));`,
  ],
  [
    'a wrong size',
    `const record = await done(indexes.get('d')); await done(indexes.put({ ...record, size: 7 }));`,
  ],
];
for (const [damage, work] of DAMAGES) {
  test(`damage in the database is named: ${damage}`, async ({ blank }) => {
    await blank.evaluate(async () => {
      const { SearchIndex } = await import('edgebert');
      const index = new SearchIndex({ dimension: 40 });
      for (const id of ['a', 'b', 'c']) index.upsert(id, Float32Array.from({ length: 40 }, Math.random));
      await index.save('d');
      index.remove('b');
      index.upsert('b', Float32Array.from({ length: 40 }, Math.random));
      index.upsert('d', Float32Array.from({ length: 40 }, Math.random));
      await index.save('d');
    });
    await blank.evaluate<Records, string>(recordsHere, work);
    const code = await blank.evaluate(async () => {
      const { SearchIndex } = await import('edgebert');
      return SearchIndex.open('d').then(
        () => 'opened',
        ({ code }: { code?: string }) => code,
      );
    });
    expect(code).toBe('format');
  });
}

function stored(page: Page): Promise<Records> {
  return page.evaluate<Records, string>(recordsHere, '');
}
