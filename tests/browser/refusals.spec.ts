// What a model's files ask for is refused by name before its weights are fetched: as in
// tests/node/refusals.test.mjs, in a real browser.
import { REFUSALS, UNFIT, type Refusal } from '../node/support/refusals.mjs';
import { failureOf } from './support/models';
import { expect, test } from './support/test';
import type { TestServer } from './support/server';

function serve(server: TestServer, { files }: Refusal): void {
  server.reset();
  for (const [path, body] of files()) {
    server.answer(`/someone/model/resolve/main/${path}`, (_, response) => response.end(body));
  }
}

for (const name of ['WasmModel', 'WorkerModel'] as const) {
  test(`${name}: unsupported files are named, and no weights are asked for`, async ({ blank, server }) => {
    test.slow();
    for (const refusal of [...REFUSALS, ...UNFIT]) {
      serve(server, refusal);
      const failure = await failureOf(
        blank,
        (edgebert, { name, options }) =>
          edgebert[name].from_pretrained('someone/model', { baseUrl: '/', cache: 'none', ...options }),
        { name, options: refusal.options ?? {} },
      );
      expect(failure.isEdgeBertError, refusal.what).toBe(true);
      expect(failure.code, refusal.what).toBe(refusal.code);
      expect(failure.message, refusal.what).toMatch(refusal.message);
      const weights = server.log.filter(
        ({ path }) => path.endsWith('.safetensors') && !path.endsWith('-int8.safetensors'),
      );
      expect(weights, refusal.what).toEqual([]);
    }
  });
}
