// Failures that the page's own policies cause: the message names the address and the policy.
import { html } from '../support/test';
import { expect, test } from './support';

const failureOn = (where: 'WasmModel' | 'WorkerModel') =>
  import('edgebert').then((edgebert) =>
    edgebert[where].from_type(edgebert.MiniLML6V2, { baseUrl: '/models' }).then(
      () => 'it loaded',
      ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
    ),
  );

test('connect-src is named where it forbids the engine', async ({ page, server }) => {
  server.answer('/strict.html', (_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .setHeader('content-security-policy', "connect-src 'none'")
      .end(html()),
  );
  await page.goto(`${server.origin}/strict.html`);
  const message = await page.evaluate(failureOn, 'WasmModel' as const);
  expect(message).toMatch(
    /^network: The engine could not be loaded: .*edgebert_bg\.wasm could not be reached.*connect-src/,
  );
  expect(message).not.toContain('beside');
});

test('Cross-Origin-Embedder-Policy is named where it forbids the worker', async ({ page, server }) => {
  server.answer('/isolated.html', (_, response) =>
    response
      .setHeader('content-type', 'text/html')
      .setHeader('cross-origin-embedder-policy', 'require-corp')
      .end(html()),
  );
  await page.goto(`${server.origin}/isolated.html`);
  const message = await page.evaluate(failureOn, 'WorkerModel' as const);
  expect(message).toMatch(
    /^worker-lost: .*\/dist\/worker\.js could not be loaded.*Cross-Origin-Embedder-Policy/,
  );
});
