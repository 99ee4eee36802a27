// edgebert/react in real React: one worker through StrictMode, several components and hot reloading.
import { build } from 'esbuild';
import type { Page } from '@playwright/test';
import { join } from 'node:path';
import { dist } from './support/paths';
import { expect, html, test } from './support/test';

/**
 * A page with an input, what is found, and how often the app is shown; `remount()` is what hot
 * reloading does.
 */
const APP = `
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useEmbeddings, useSemanticSearch } from '${join(dist, 'react.js')}';

const OPTIONS = { baseUrl: '/models', cache: 'none' };

function Search() {
  const [query, setQuery] = useState('');
  const [notes, setNotes] = useState(['The kettle is on the stove.', 'The train leaves at nine.']);
  const { status, results, error, retry } = useSemanticSearch(notes, query, OPTIONS);
  return createElement('div', {},
    createElement('input', { value: query, onChange: ({ target }) => setQuery(target.value) }),
    createElement('button', { onClick: () => setNotes((notes) => [...notes.slice(1), 'A cat sleeps on the sofa.']) }, 'change'),
    createElement('button', { onClick: () => setNotes((notes) => notes.map((text, i) => ({ id: 'note ' + i, text }))) }, 'name'),
    createElement('button', { onClick: retry }, 'again'),
    createElement('p', { id: 'status' }, status + (error ? ': ' + error.message : '')),
    createElement('ol', {}, results.map(({ id, text }) => createElement('li', { key: id, title: id }, text))),
  );
}

function Encode({ enabled = true, ...more }) {
  const { status, encode, model } = useEmbeddings({ ...OPTIONS, ...more, enabled });
  if (!enabled) window.encodeLater = encode;
  const [length, setLength] = useState(0);
  return createElement('button', {
    id: 'encode',
    onClick: async () => setLength((await encode(['a', 'b'])).length),
  }, status + ' ' + length + ' ' + (model?.dimension ?? ''));
}

const root = createRoot(document.getElementById('root'));
let key = 0;
window.remount = () => root.render(createElement(StrictMode, { key: key++ },
  createElement(Search), createElement(Encode)));
window.show = (props) => root.render(createElement(Encode, props));
window.unmount = () => root.render(null);
window.remount();
`;

async function open(page: Page, server: import('./support/server').TestServer): Promise<void> {
  const { outputFiles } = await build({
    stdin: { contents: APP, resolveDir: join(dist, '..') },
    bundle: true,
    format: 'esm',
    write: false,
    define: { 'process.env.NODE_ENV': '"development"' },
    external: ['node:*'],
    logLevel: 'silent',
  });
  const code = outputFiles[0]!.text;
  // Beside the wasm and the worker, where a bundler would have put them.
  server.answer('/dist/app.js', (_, response) =>
    response.setHeader('content-type', 'text/javascript').end(code),
  );
  const page_ = html().replace(
    '</html>',
    '<div id="root"></div><script type="module" src="/dist/app.js"></script></html>',
  );
  server.page('/react.html', page_);
  await page.addInitScript(() => {
    const Native = Worker;
    const started: Worker[] = [];
    const ended: Worker[] = [];
    Object.assign(globalThis, {
      workers: { started, ended },
      Worker: class extends Native {
        constructor(...args: ConstructorParameters<typeof Worker>) {
          super(...args);
          started.push(this);
        }
        override terminate() {
          ended.push(this);
          super.terminate();
        }
      },
    });
  });
  await page.goto(`${server.origin}/react.html`);
}

const workers = (page: Page) =>
  page.evaluate(() => {
    const { started, ended } = (globalThis as unknown as { workers: Record<string, Worker[]> }).workers;
    return { started: started!.length, alive: started!.filter((worker) => !ended!.includes(worker)).length };
  });

test('one worker for all components, through StrictMode and hot reloading, and none after the last', async ({
  page,
  server,
}) => {
  await open(page, server);
  await expect(page.locator('#encode')).toHaveText('ready 0 384', { timeout: 30_000 });
  await page.locator('#encode').click();
  await expect(page.locator('#encode')).toHaveText('ready 768 384');
  for (let i = 0; i < 4; i++) {
    await page.evaluate(() => (globalThis as unknown as { remount(): void }).remount());
    await expect(page.locator('#encode')).toHaveText('ready 0 384');
  }
  expect(await workers(page)).toEqual({ started: 1, alive: 1 });
  await page.evaluate(() => (globalThis as unknown as { unmount(): void }).unmount());
  await expect.poll(() => workers(page)).toEqual({ started: 1, alive: 0 });
});

test('results follow the query and the documents', async ({ page, server }) => {
  await open(page, server);
  await expect(page.locator('#status')).toHaveText('ready', { timeout: 30_000 });
  const found = page.locator('li');
  await page.locator('input').fill('something to boil water with');
  await expect(found.first()).toHaveText('The kettle is on the stove.');
  await page.getByText('change').click();
  await expect(found).toHaveCount(2);
  await expect(found.filter({ hasText: 'kettle' })).toHaveCount(0);
  await page.locator('input').fill('a resting animal');
  await expect(found.first()).toHaveText('A cat sleeps on the sofa.');
  // The same texts under ids of their own replace those without.
  await page.getByText('name').click();
  await expect(found.first()).toHaveAttribute('title', 'note 1');
  await expect(found).toHaveCount(2);
  await page.locator('input').fill('');
  await expect(found).toHaveCount(0);
});

test('the same model from another address is another one', async ({ page, server }) => {
  await open(page, server);
  await expect(page.locator('#encode')).toHaveText('ready 0 384', { timeout: 30_000 });
  await page.evaluate(() =>
    (globalThis as unknown as { show(props: object): void }).show({ baseUrl: '/models/' }),
  );
  await expect(page.locator('#encode')).toHaveText('ready 0 384', { timeout: 30_000 });
  await expect.poll(() => workers(page)).toEqual({ started: 2, alive: 1 });
});

test('a text that waits for its model can be given up', async ({ page, server }) => {
  await open(page, server);
  await page.evaluate(() =>
    (globalThis as unknown as { show(props: object): void }).show({ enabled: false }),
  );
  await expect(page.locator('#encode')).toHaveText('idle 0 ');
  const said = await page.evaluate(() => {
    const { encodeLater } = globalThis as unknown as {
      encodeLater(texts: string[], options: { signal: AbortSignal }): Promise<Float32Array>;
    };
    const controller = new AbortController();
    const waiting = encodeLater(['a'], { signal: controller.signal });
    controller.abort(new Error('typed on'));
    return waiting.then(
      () => 'encoded',
      (error: Error) => error.message,
    );
  });
  expect(said).toBe('typed on');
});

test('a model that cannot be loaded is an error in the state, and can be tried again', async ({
  page,
  server,
}) => {
  server.answer('/models/all-MiniLM-L6-v2/model-int8.safetensors', (_, response) =>
    response.writeHead(404).end(),
  );
  await page.context().route('https://huggingface.co/**', (route) => route.fulfill({ status: 404 }));
  await open(page, server);
  await expect(page.locator('#status')).toHaveText(/^failed: .*404/, { timeout: 30_000 });
  server.reset();
  await page.getByText('again').click();
  await expect(page.locator('#status')).toHaveText('ready', { timeout: 30_000 });
  await page.locator('input').fill('something to boil water with');
  await expect(page.locator('li').first()).toHaveText('The kettle is on the stove.');
});
