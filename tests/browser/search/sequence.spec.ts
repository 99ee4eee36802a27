// 100,000 random steps with IndexedDB between them, and tabs that are killed while they save.
import { join } from 'node:path';
import { expect, test } from '../support/test';

test('100,000 random steps equal brute force', async ({ blank, server }) => {
  test.setTimeout(300_000);
  server.mount('/search/', join(import.meta.dirname, '../../search'));
  const searches = await blank.evaluate(async () => {
    const { SearchIndex } = await import('edgebert');
    const { runSequence } = await import('/search/sequence.js' as string);
    const keepers = ['one', 'two'].map((name) => ({
      put: (index: InstanceType<typeof SearchIndex>) => index.save(name),
      get: () => SearchIndex.open(name, { dimension: 12 }),
    }));
    let searches = 0;
    for (const [seed, precision] of [
      [3, 'int8'],
      [4, 'f32'],
    ]) {
      searches += await runSequence(SearchIndex, { seed, steps: 50_000, precision, keepers, keepEvery: 150 });
      for (const name of ['one', 'two']) await SearchIndex.delete(name);
    }
    return searches;
  });
  expect(searches).toBeGreaterThan(6000);
});
