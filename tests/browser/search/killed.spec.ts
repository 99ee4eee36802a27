// A tab that is killed while it saves: the next one finds what was saved before, or all of the new.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test';

const [COUNT, DIMENSION] = [20_000, 128];

test('a tab that crashes in mid-save leaves the earlier state or the later one, whole', async ({
  blank,
  context,
  server,
}) => {
  test.setTimeout(180_000);
  await blank.evaluate(saveHere, { generation: 0, COUNT, DIMENSION });
  const full = await milliseconds(() => blank.evaluate(saveHere, { generation: 1, COUNT, DIMENSION }));
  const seen = new Set<string>();
  for (let generation = 2, round = 0; round < 16; round++) {
    const page = await context.newPage();
    await page.goto(`${server.origin}/blank.html`);
    // The save as a whole, and what changed alone, in turns.
    const half = round % 2 === 1;
    const saving = page.evaluate(saveHere, { generation, COUNT, DIMENSION, half }).then(
      () => 'saved',
      () => 'killed',
    );
    await new Promise((resolve) => setTimeout(resolve, (full * 1.2 * round) / 16));
    await crash(page);
    const end = await saving;
    await page.close();
    const found = await blank.evaluate(foundHere, { COUNT, DIMENSION });
    // A commit may be over before the tab learns of it.
    const allowed = end === 'saved' ? [generation] : [generation - 1, generation];
    expect(allowed).toContain(found.generation);
    expect(found).toMatchObject({ size: COUNT, whole: true });
    seen.add(`${end}, ${found.generation === generation ? 'later' : 'earlier'}`);
    generation = found.generation + 1;
  }
  expect([...seen]).toContain('killed, earlier');
});

async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // It never answers.
  session.send('Page.crash').catch(() => {});
  await page.waitForEvent('crash');
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** To be run on a page: saves an index in which every entry names the generation. */
async function saveHere({
  generation,
  COUNT,
  DIMENSION,
  half = false,
}: Record<string, number | boolean>): Promise<void> {
  const { SearchIndex } = await import('edgebert');
  const [count, dimension] = [COUNT as number, DIMENSION as number];
  const index = half ? await SearchIndex.open('killed') : new SearchIndex({ dimension });
  const vectors = new Float32Array(count * dimension);
  // The vector of an entry says of which generation it is, and so does its metadata.
  for (let i = 0; i < count; i++) vectors.set([1, generation as number, i], i * dimension);
  const ids = Array.from({ length: count }, (_, i) => `id ${i}`);
  index.upsertMany(
    ids,
    vectors,
    ids.map(() => ({ generation })),
  );
  await index.save('killed');
}

/** To be run on a page: the generation that is found, and whether everything is of it. */
async function foundHere({ COUNT, DIMENSION }: Record<string, number>) {
  const { SearchIndex } = await import('edgebert');
  const index = await SearchIndex.open('killed', { dimension: DIMENSION! });
  const { generation } = index.get('id 0')!.metadata as { generation: number };
  let whole = index.size === COUNT;
  for (const id of index.ids()) if (index.get(id)!.metadata!.generation !== generation) whole = false;
  const [nearest] = index.search([1, generation, ...new Array(DIMENSION! - 2).fill(0)], { topK: 1 });
  whole &&= nearest!.id === 'id 0' && nearest!.score > 0.99;
  return { generation, size: index.size, whole };
}
