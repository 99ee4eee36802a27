// Programs that are no page with modules: shared and service workers, and scripts in one classic file.
import { build } from 'esbuild';
import { dist } from '../support/paths';
import { expect, test } from '../support/test';

// The service workers here are what is tested.
test.use({ serviceWorkers: 'allow' });

/** What a program elsewhere does: the same with a WorkerModel, SemanticSearch and a WasmModel. */
const PROGRAM = `async (edgebert, options) => {
  const { WorkerModel, WasmModel, SemanticSearch, MiniLML6V2 } = edgebert;
  const model = await WorkerModel.from_type(MiniLML6V2, { ...options, workers: 4 });
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  const texts = Array.from({ length: 60 }, (_, i) => 'text ' + i + ' about rivers, lanterns and markets');
  const vectors = await model.encode(texts);
  clearInterval(ticking);
  const here = await WasmModel.from_type(MiniLML6V2, options);
  const search = await SemanticSearch.open('elsewhere', { model });
  await search.add([{ id: 'a', text: 'a red apple' }, { id: 'b', text: 'a fast car' }]);
  const [best] = await search.search('fruit');
  return {
    thread: model.info.thread,
    same: here.encode(texts).every((value, i) => value === vectors[i]),
    turns: turns > 0,
    best: best.id,
  };
}`;
const ON_THIS_THREAD = { thread: 'caller', same: true, turns: true, best: 'a' };

test('a shared worker does a WorkerModel’s work itself, and has turns for the rest', async ({
  blank,
  server,
}) => {
  server.answer('/shared.js', (_, response) =>
    response.setHeader('content-type', 'text/javascript').end(`
      onconnect = async ({ ports: [port] }) => {
        try {
          const edgebert = await import('/dist/index.js');
          const options = { baseUrl: '${server.origin}/models', cache: 'none' };
          port.postMessage(await (${PROGRAM})(edgebert, options));
        } catch (error) { port.postMessage(String(error)); }
      };`),
  );
  const seen = await blank.evaluate(async () => {
    const { port } = new SharedWorker('/shared.js', { type: 'module' });
    return new Promise((resolve) => (port.onmessage = ({ data }) => resolve(data)));
  });
  expect(seen).toEqual(ON_THIS_THREAD);
});

/** The package in a classic script, with the entries that are named. */
async function classicBundle(...entries: string[]): Promise<string> {
  const contents = ['index', ...entries].map((entry) => `export * from './${entry}.js';`).join('');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: dist },
    bundle: true,
    format: 'iife',
    globalName: 'edgebert',
    external: ['node:*'],
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]!.text;
}

for (const type of ['module', 'classic'] as const) {
  test(`so does a service worker: ${type}`, async ({ blank, server }) => {
    const bundle = type === 'classic' ? await classicBundle('this-thread') : '';
    const script = (text: string) => (_: unknown, response: import('node:http').ServerResponse) =>
      void response.setHeader('content-type', 'text/javascript').end(text);
    server.answer('/bundle.js', script(bundle));
    // The wasm is looked for beside the script of a worker.
    const load =
      type === 'module' ? "import * as edgebert from '/dist/index.js';" : "importScripts('/bundle.js');";
    const wasm = type === 'module' ? '' : ", wasmUrl: '/dist/edgebert_bg.wasm'";
    server.answer(
      '/service.js',
      script(`${load}
        oninstall = () => skipWaiting();
        onactivate = (event) => event.waitUntil(clients.claim());
        onmessage = async ({ ports: [port] }) => {
          try {
            const options = { baseUrl: '${server.origin}/models', cache: 'none'${wasm} };
            port.postMessage(await (${PROGRAM})(edgebert, options));
          } catch (error) { port.postMessage(String(error)); }
        };`),
    );
    const seen = await blank.evaluate(async (type) => {
      await navigator.serviceWorker.register('/service.js', { type });
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      active!.postMessage(null, [port2]);
      return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    }, type);
    expect(seen).toEqual(ON_THIS_THREAD);
  });
}

test('a bundle with what workers need alone says what to import', async ({ blank, server }) => {
  const bundle = await classicBundle();
  server.answer('/bare.js', (_, response) =>
    response.setHeader('content-type', 'text/javascript').end(`${bundle}
      edgebert.WorkerModel.from_type('MiniLML6V2', { cache: 'none', wasmUrl: '/dist/edgebert_bg.wasm' })
        .catch((error) => postMessage(error.code + ': ' + error.message));`),
  );
  const seen = await blank.evaluate(async () => {
    // As in a shared worker, which has no workers of its own.
    const script = new Blob([`delete self.Worker; importScripts('${location.origin}/bare.js');`]);
    const worker = new Worker(URL.createObjectURL(script));
    return new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
  });
  expect(seen).toMatch(/^unsupported: .*import 'edgebert\/this-thread'/);
});

test('a classic script finds the wasm and the worker beside itself', async ({ page, server }) => {
  const bundle = await classicBundle();
  server.answer('/dist/bundle.js', (_, response) =>
    response.setHeader('content-type', 'text/javascript').end(bundle),
  );
  server.page(
    '/classic.html',
    '<!doctype html><meta charset="utf-8"><script src="/dist/bundle.js"></script>',
  );
  await page.goto(`${server.origin}/classic.html`);
  const seen = await page.evaluate(`(async () => {
    const { WorkerModel, WasmModel } = edgebert;
    const options = { baseUrl: '/models', cache: 'none' };
    const model = await WorkerModel.from_type('MiniLML6V2', options);
    const here = await WasmModel.from_type('MiniLML6V2', options);
    return [model.info.thread, (await model.encode(['a'])).length, here.info.thread, here.encode(['a']).length];
  })()`);
  expect(seen).toEqual(['worker', 384, 'caller', 384]);
});

test('where nothing says where the files are, the error names the options', async ({ page, server }) => {
  const bundle = await classicBundle();
  // Inline, the script has no address.
  server.page(
    '/inline.html',
    `<!doctype html><meta charset="utf-8"><script>${bundle.replaceAll('</script', '<\\/script')}</script>`,
  );
  await page.goto(`${server.origin}/inline.html`);
  const seen = (await page.evaluate(`(async () => {
    const { WorkerModel, WasmModel } = edgebert;
    const options = { baseUrl: '/models', cache: 'none' };
    const failure = (error) => error.code + ': ' + error.message;
    return [
      await WasmModel.from_type('MiniLML6V2', options).catch(failure),
      await WorkerModel.from_type('MiniLML6V2', { ...options, wasmUrl: '/dist/edgebert_bg.wasm' }).catch(failure),
      (await WorkerModel.from_type('MiniLML6V2', {
        ...options, wasmUrl: '/dist/edgebert_bg.wasm', workerUrl: '/dist/worker.js',
      })).info.thread,
    ];
  })()`)) as string[];
  expect(seen[0]).toMatch(/^unsupported: .*edgebert_bg\.wasm.*ES module.*`wasmUrl`/);
  expect(seen[1]).toMatch(/^unsupported: .*worker\.js.*ES module.*`workerUrl`/);
  expect(seen[2]).toBe('worker');
});
