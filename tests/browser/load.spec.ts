// Loading by name: progress, the cache, and browsers that lack something.
import type { Page } from '@playwright/test';
import type { LoadProgress } from 'edgebert';
import { statSync } from 'node:fs';
import { encode, failureOf, loadInPage, loadInWorker, type PlainOptions } from './support/models';
import { packedFile } from './support/paths';
import { expect, routeHub, test } from './support/test';

const PACKED = '/models/all-MiniLM-L6-v2/model-int8.safetensors';

/** Loads and frees the model, and returns what was said on the way. */
function progressOf(
  page: Page,
  where: 'WasmModel' | 'WorkerModel',
  options: PlainOptions = { baseUrl: '/models' },
) {
  return page.evaluate(
    async ({ where, options }) => {
      const edgebert = await import('edgebert');
      const events: LoadProgress[] = [];
      const warnings: string[] = [];
      const model = await edgebert[where].from_type(edgebert.MiniLML6V2, {
        ...options,
        onProgress: (event) => events.push({ ...event }),
        onWarning: (warning) => warnings.push(warning.message),
      });
      if ('terminate' in model) model.terminate();
      else model.free();
      return { events, warnings };
    },
    { where, options },
  );
}

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where} tells how far it is, from the network and from the cache`, async ({ blank, server }) => {
    const bytes = statSync(packedFile).size;
    for (const fromCache of [false, true]) {
      server.log.length = 0;
      const { events, warnings } = await progressOf(blank, where);
      expect(warnings).toEqual([]);
      expect(events.length).toBeGreaterThan(10);
      expect(events.at(-1)).toEqual({ loaded: bytes, total: bytes, phase: 'load', fromCache });
      for (const [i, event] of events.entries()) {
        expect(event.total).toBe(bytes);
        expect(event.fromCache).toBe(fromCache);
        expect(event.loaded).toBeGreaterThanOrEqual(i === 0 ? 0 : events[i - 1]!.loaded);
      }
      expect(events.some(({ phase }) => phase === (fromCache ? 'cache' : 'download'))).toBe(true);
      expect(server.log.filter(({ path }) => path === PACKED)).toHaveLength(fromCache ? 0 : 1);
    }
  });
}

test('the second visit needs no network', async ({ blank, server }) => {
  const first = await encode(await loadInPage(blank), ['Hello world']);
  await blank.close();

  const second = await blank.context().newPage();
  await second.goto(`${server.origin}/blank.html`);
  // The page's own files are the page's business; what counts is that the model asks for nothing.
  await second.evaluate(async () => (await import('edgebert')).default());
  await second.context().setOffline(true);
  server.log.length = 0;
  expect(await encode(await loadInPage(second), ['Hello world'])).toEqual(first);
  expect(server.log).toEqual([]);
});

test('page and worker share the cache', async ({ blank, server }) => {
  const inWorker = await encode(await loadInWorker(blank), ['Hello world']);
  server.log.length = 0;
  expect(await encode(await loadInPage(blank), ['Hello world'])).toEqual(inWorker);
  expect(server.log.filter(({ path }) => path.startsWith('/models/'))).toEqual([]);
});

test('without the cache each load downloads', async ({ blank, server }) => {
  for (let visit = 0; visit < 2; visit++) {
    server.log.length = 0;
    const { events } = await progressOf(blank, 'WasmModel', { baseUrl: '/models', cache: 'none' });
    expect(events.at(-1)!.fromCache).toBe(false);
    expect(server.log.filter(({ path }) => path === PACKED)).toHaveLength(1);
  }
  expect(await blank.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
});

test('where the packed file is missing, the original is converted into the same', async ({
  blank,
  server,
}) => {
  test.slow();
  const packed = await loadInPage(blank, { baseUrl: '/models', cache: 'none' });
  const expected = await encode(packed, ['Hello world']);
  server.answer(PACKED, (_, response) => response.writeHead(404).end());
  const asked = await routeHub(blank, server);

  const { events } = await progressOf(blank, 'WorkerModel', {});
  expect(asked.some((url) => url.endsWith('/model.safetensors'))).toBe(true);
  expect(events.map(({ phase }) => phase)).toContain('calibrate');
  expect(events.at(-1)).toMatchObject({ phase: 'load', fromCache: false });
  expect(events.at(-1)!.loaded).toBe(events.at(-1)!.total);

  const requests = asked.length;
  const converted = await loadInPage(blank, {});
  expect(asked).toHaveLength(requests);
  expect(await encode(converted, ['Hello world'])).toEqual(expected);
});

const NO_INDEXED_DB: [string, () => void][] = [
  ['is not there', () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined })],
  [
    'must not be used',
    () =>
      Object.defineProperty(globalThis, 'indexedDB', {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      }),
  ],
  [
    'refuses to open',
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('A mutation operation was attempted', 'InvalidStateError');
      };
    },
  ],
];

for (const [what, remove] of NO_INDEXED_DB) {
  test(`IndexedDB ${what}: the model loads all the same`, async ({ page, server }) => {
    await page.addInitScript(remove);
    await page.goto(`${server.origin}/blank.html`);
    const { events } = await progressOf(page, 'WasmModel');
    expect(events.at(-1)).toMatchObject({ phase: 'load', fromCache: false });
    expect(await encode(await loadInPage(page), ['Hello world'])).toHaveLength(1);
  });
}

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`a browser without SIMD or reference types is told which ones have them: ${where}`, async ({
    page,
    server,
  }) => {
    await page.addInitScript(() => {
      WebAssembly.validate = () => false;
    });
    await page.goto(`${server.origin}/blank.html`);
    const failure = await failureOf(
      page,
      (edgebert, where) => edgebert[where].from_type(edgebert.MiniLML6V2, { baseUrl: '/models' }),
      where,
    );
    expect(failure).toMatchObject({ isEdgeBertError: true, code: 'unsupported' });
    expect(failure.message).toMatch(
      /Chrome.*\b91\b.*\b96\b.*Firefox.*\b89\b.*Safari.*\b16\.4\b.*disabled JIT.*SSE4\.1/,
    );
    expect(server.log.filter(({ path }) => path.startsWith('/models/'))).toEqual([]);
  });
}
