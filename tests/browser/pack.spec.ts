// A browser packs a model into the same bytes as Node does.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist, fixtures } from './support/paths';
import { expect, test } from './support/test';

const folder = join(fixtures, 'tiny-bert-f32');
/** Little enough that the level of error has to be searched for in several steps. */
const OPTIONS = { size: 0.0228, texts: ['the cat', 'the quick brown fox', 'a dog sat', 'mat on mat'] };

test('a compact file has the same bytes in a browser as under Node', async ({ blank }) => {
  const { packCompact } = (await import(
    pathToFileURL(join(dist, 'pack.js')).href
  )) as typeof import('edgebert/pack');
  const expected = Buffer.from(await (await packCompact(pathToFileURL(folder), OPTIONS)).arrayBuffer());
  const found = await blank.evaluate(async (options) => {
    const { packCompact } = (await import('/dist/pack.js' as string)) as typeof import('edgebert/pack');
    const file = await packCompact(new URL('/fixtures/tiny-bert-f32/', location.href), options);
    const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return { bytes: file.size, hash: Array.from(new Uint8Array(hash)) };
  }, OPTIONS);
  expect(found.bytes).toBe(expected.length);
  expect(Buffer.from(found.hash).toString('hex')).toBe(createHash('sha256').update(expected).digest('hex'));
});

test('a calibrated int8 file has the same bytes in a browser as under Node', async ({ blank }) => {
  const { packInt8 } = (await import(
    pathToFileURL(join(dist, 'pack.js')).href
  )) as typeof import('edgebert/pack');
  const expected = Buffer.from(await (await packInt8(pathToFileURL(folder))).arrayBuffer());
  const found = await blank.evaluate(async () => {
    const { packInt8 } = (await import('/dist/pack.js' as string)) as typeof import('edgebert/pack');
    const reports: number[] = [];
    const onPacking = (done: number) => reports.push(done);
    const file = await packInt8(new URL('/fixtures/tiny-bert-f32/', location.href), { onPacking });
    const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return { hash: Array.from(new Uint8Array(hash)), reports };
  });
  expect(Buffer.from(found.hash).toString('hex')).toBe(createHash('sha256').update(expected).digest('hex'));
  expect(found.reports.at(-1)).toBe(1);
  expect(found.reports).toEqual([...found.reports].sort((one, other) => one - other));
});
