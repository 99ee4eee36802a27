// Frames without an origin of their own, as playgrounds and previews have them, and the addresses that
// scripts of workers get.
import { expect, test } from '../support/test';

for (const entry of ['index.js', 'inline.js']) {
  test(`workers start in a sandboxed frame: ${entry}`, async ({ page, server }) => {
    server.page(
      '/sandboxed.html',
      `<!doctype html><meta charset="utf-8"><script type="module">
        const done = (message) => parent.postMessage(message, '*');
        try {
          const { WorkerModel } = await import('${server.origin}/dist/${entry}');
          const url = '${server.origin}/models/all-MiniLM-L6-v2/model-int8.safetensors';
          const model = await WorkerModel.from_type('MiniLML6V2', { url, cache: 'none' });
          done(origin + ' ' + (await model.encode(['a'])).length);
        } catch (error) { done(String(error)); }
      </script>`,
    );
    server.page(
      '/frame.html',
      `<!doctype html><meta charset="utf-8"><script>
        globalThis.said = new Promise((resolve) => (onmessage = ({ data }) => resolve(data)));
      </script><iframe sandbox="allow-scripts" src="/sandboxed.html"></iframe>`,
    );
    await page.goto(`${server.origin}/frame.html`);
    expect(await page.evaluate('said')).toBe('null 384');
  });
}

test('the address of a script inside the package is revoked when its worker has read it', async ({
  blank,
}) => {
  const seen = await blank.evaluate(async () => {
    const made: string[] = [];
    const create = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (object) => {
      const address = create(object);
      made.push(address);
      return address;
    };
    const inline = '/dist/inline.js';
    const { WorkerModel, MiniLML6V2 } = (await import(inline)) as typeof import('edgebert');
    const model = await WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models', cache: 'none' });
    const { length } = await model.encode(['a']);
    model.terminate();
    const alive = await Promise.all(made.map((address) => fetch(address).then(Boolean, () => false)));
    return { length, made: made.length, alive: alive.filter(Boolean).length };
  });
  expect(seen).toEqual({ length: 384, made: 1, alive: 0 });
});
