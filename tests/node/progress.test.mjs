// Progress events: whatever the parts of a load report, the bar never goes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { Progress } = await source('loading/progress.ts');

function collected() {
  const events = [];
  return { events, progress: new Progress((event) => events.push(event)) };
}

test('nothing is said before the size is known', () => {
  const { events, progress } = collected();
  progress.reach(100, 'download', false);
  assert.deepEqual(events, []);
});

test('the first and the last event come, and not one for each packet', () => {
  const { events, progress } = collected();
  progress.expect(1_000_000);
  for (let offset = 0; offset <= 1_000_000; offset += 100) progress.reach(offset, 'download', false);
  progress.end(false);
  assert.ok(events.length > 100 && events.length < 250, `${events.length} events`);
  assert.deepEqual(events.at(-1), { loaded: 1_000_000, total: 1_000_000, phase: 'load', fromCache: false });
});

test('going back to reread, or to a larger file, never lowers it', () => {
  const { events, progress } = collected();
  progress.expect(1000);
  for (const offset of [10, 500, 200, 600]) progress.reach(offset, 'download', false);
  progress.expect(4000);
  for (const offset of [10, 700, 4000]) progress.reach(offset, 'download', false);
  progress.end(false);
  const loaded = events.map((event) => event.loaded);
  assert.deepEqual(
    loaded,
    loaded.toSorted((a, b) => a - b),
  );
  assert.equal(events.at(-1).loaded, 4000);
  assert.equal(events.at(-1).total, 4000);
});

test('a smaller file in the place of a larger one ends at the total all the same', () => {
  const { events, progress } = collected();
  progress.expect(1000);
  progress.reach(900, 'download', false);
  progress.expect(500);
  progress.reach(500, 'download', false);
  progress.end(false);
  assert.equal(events.at(-1).loaded, events.at(-1).total);
  for (const event of events) assert.ok(event.loaded <= event.total);
});
