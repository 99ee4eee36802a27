// What a page's policies forbid is named, in the words of Firefox's errors too; sandboxed pages work.
import { expect, test } from './support';

/** What each class says on a page with this policy. */
const PROGRAM = `(async () => {
  const { MiniLML6V2, SearchIndex, WasmModel, WorkerModel } = await import('/dist/index.js');
  const options = { baseUrl: location.href.replace(/[^/]*$/, 'models'), cache: 'none' };
  const said = {};
  const attempt = async (name, work) => {
    try { said[name] = String(await work()); } catch (error) { said[name] = error.code + ': ' + error.message; }
  };
  await attempt('WasmModel', async () => (await WasmModel.from_type(MiniLML6V2, options)).encode(['a']).length);
  await attempt('WorkerModel', async () => {
    const model = await WorkerModel.from_type(MiniLML6V2, options);
    const { length } = await model.encode(['a']);
    model.terminate();
    return length;
  });
  await attempt('SearchIndex', () => new SearchIndex({ dimension: 1 }).upsert('a', [1]));
  return said;
})()`;

const NO_WASM =
  /^unsupported: The page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval'/;

for (const [policy, said] of [
  ["script-src 'self' 'unsafe-inline'", { WasmModel: NO_WASM, WorkerModel: NO_WASM, SearchIndex: NO_WASM }],
  [
    "require-trusted-types-for 'script'; trusted-types another",
    {
      WasmModel: /^384$/,
      WorkerModel: /^(384$|unsupported: .*trusted-types edgebert)/,
      SearchIndex: /^undefined$/,
    },
  ],
  ['sandbox allow-scripts', { WasmModel: /^384$/, WorkerModel: /^384$/, SearchIndex: /^undefined$/ }],
] as const) {
  test(`a page with ${policy}`, async ({ visitor, server }) => {
    server.answer('/policy.html', (_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', policy);
      response.end('<!doctype html><meta charset="utf-8">');
    });
    const page = await visitor.newPage();
    await page.goto(`${server.origin}/policy.html`);
    const found = (await page.evaluate(PROGRAM)) as Record<string, string>;
    for (const [name, message] of Object.entries(said)) expect(found[name], name).toMatch(message);
  });
}
