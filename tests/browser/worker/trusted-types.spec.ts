// Pages that require Trusted Types: workers start by the policy `edgebert`, and by no other name.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test';
import type { TestServer } from '../support/server';

const POLICY = "require-trusted-types-for 'script'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";

/** Loads a model on a page with this policy; resolves to what the page says, and its violations. */
async function load(
  page: Page,
  server: TestServer,
  policy: string,
  { entry = 'index.js', options = '' } = {},
): Promise<{ said: string; violations: string[] }> {
  server.answer('/trusted.html', (_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', policy);
    response.end(`<!doctype html><meta charset="utf-8"><script>
      globalThis.violations = [];
      addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
    </script>`);
  });
  await page.goto(`${server.origin}/trusted.html`);
  return page.evaluate(`(async () => {
    const { WorkerModel } = await import('/dist/${entry}');
    let said;
    try {
      const options = { baseUrl: '/models', cache: 'none', ${options} };
      const model = await WorkerModel.from_type('MiniLML6V2', options);
      said = String((await model.encode(['a'])).length);
      model.terminate();
    } catch (error) { said = error.code + ': ' + error.message; }
    return { said, violations };
  })()`);
}

for (const [what, more] of [
  ['the package', {}],
  ['edgebert/inline', { entry: 'inline.js' }],
  ['the single file', { entry: 'edgebert.min.js' }],
  ['an address of the caller', { options: "workerUrl: '/dist/worker.js'" }],
] as const) {
  test(`a worker starts where Trusted Types are required: ${what}`, async ({ page, server }) => {
    const policy = `${POLICY}; worker-src 'self' blob:; trusted-types edgebert`;
    expect(await load(page, server, policy, more)).toEqual({ said: '384', violations: [] });
  });
}

test("a page's own trusted address is used as it is", async ({ page, server }) => {
  const options =
    "workerUrl: trustedTypes.createPolicy('own', { createScriptURL: (url) => url }).createScriptURL('/dist/worker.js')";
  const { said } = await load(page, server, `${POLICY}; trusted-types own`, { options });
  expect(said).toBe('384');
});

test('a page that does not allow the policy is told its name', async ({ page, server }) => {
  const { said } = await load(page, server, `${POLICY}; trusted-types another`);
  expect(said).toMatch(/^unsupported: .*trusted-types edgebert/);
});

test('`Worker` is left as it was', async ({ blank }) => {
  const same = await blank.evaluate(async () => {
    const before = Worker;
    const { WorkerModel, MiniLML6V2 } = await import('edgebert');
    const model = await WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', cache: 'none' });
    model.terminate();
    return Worker === before;
  });
  expect(same).toBe(true);
});
