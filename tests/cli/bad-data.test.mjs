// Input that goes wrong in the middle of a job, and places that can't be written: one sentence, the right
// exit code, and what was done is kept.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import parquet from 'parquet-wasm/node';
import { rowsOf, run, start, tiny, workFolder } from './support.mjs';

const folder = workFolder();
const model = ['--model', tiny];
const DIMENSION = 32;
const at = (name) => join(folder, name);

/** A Parquet file with these columns, in row groups of two rows. */
function writeParquet(name, columns) {
  const vectors = Object.entries(columns).map(([key, values]) => [key, vectorFromArray(values)]);
  const table = parquet.Table.fromIPCStream(tableToIPC(new Table(Object.fromEntries(vectors)), 'stream'));
  const properties = new parquet.WriterPropertiesBuilder().setMaxRowGroupSize(2).build();
  writeFileSync(at(name), parquet.writeParquet(table, properties));
}

async function embed(...args) {
  const result = await run(folder, ['embed', ...model, ...args]);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

for (const [what, columns, message] of [
  [
    'a null text',
    { text: ['one', 'two', null, 'four'] },
    /row 3 of t\.parquet: the field "text" is null, not a string/,
  ],
  [
    'numbers for texts',
    { text: [1.5, 2.5, 3.5] },
    /row 1 of t\.parquet: the field "text" is a number, not a string/,
  ],
]) {
  test(`Parquet with ${what}: refused by its row, skipped or replaced on request`, async () => {
    writeParquet('t.parquet', columns);
    const failed = await run(folder, ['embed', '-i', 't.parquet', ...model]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, message);
    assert.match(failed.stderr, /^edgebert: [^\n]*; --invalid skip [^\n]*\n$/);
    const skipped = rowsOf((await embed('-i', 't.parquet', '--invalid', 'skip')).stdout);
    assert.deepEqual(
      skipped.map(({ text }) => text),
      columns.text.filter((text) => typeof text === 'string'),
    );
    assert.equal(
      rowsOf((await embed('-i', 't.parquet', '--invalid', 'replace')).stdout).length,
      columns.text.length,
    );
  });
}

test('a bad record in the middle: what was before it is kept, and the job goes on past it', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ text: `text ${i}` }));
  lines[1700] = '{"text": null}';
  writeFileSync(at('middle.jsonl'), lines.join('\n'));
  await embed('-i', 'middle.jsonl', '-o', 'skipped.f32', '--invalid', 'skip');
  const failed = await run(folder, ['embed', '-i', 'middle.jsonl', '-o', 'middle.f32', '-q', ...model]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /line 1701 of middle\.jsonl: the field "text" is null/);
  assert.equal(readFileSync(at('middle.f32.partial')).length, 1700 * DIMENSION * 4);
  // The same command meets it again.
  const again = await run(folder, ['embed', '-i', 'middle.jsonl', '-o', 'middle.f32', '--resume', ...model]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /line 1701/);
  const { stderr } = await embed('-i', 'middle.jsonl', '-o', 'middle.f32', '--resume', '--invalid', 'skip');
  assert.match(stderr, /1,299 texts, 1,700 before them, 1 invalid record skipped/);
  assert.ok(readFileSync(at('middle.f32')).equals(readFileSync(at('skipped.f32'))));
});

test('a bad record in the middle of much more than memory: it ends there, and reads no further', async () => {
  const { child, ended } = start(folder, ['embed', '-o', 'stream.f32', '--workers', '1', '-q', ...model]);
  const line = Buffer.from(`${'a long line of many words '.repeat(4000)}\n`);
  const [before, most] = [300, 100_000];
  let sent = 0;
  let running = true;
  ended.then(() => (running = false));
  for (; sent < most && running; sent++) {
    const bytes = sent === before ? Buffer.from([0xff, 0x0a]) : line;
    if (!child.stdin.write(bytes)) await Promise.race([once(child.stdin, 'drain').catch(() => {}), ended]);
  }
  const { code, stderr } = await ended;
  assert.equal(code, 1);
  assert.match(stderr, /line 301 of the standard input is not UTF-8/);
  assert.ok(sent < before + 100, `${sent} lines of 100 KB were taken`);
  assert.equal(readFileSync(at('stream.f32.partial')).length, before * DIMENSION * 4);
});

const isRoot = process.getuid?.() === 0;
const disk = mkdtempSync(join(tmpdir(), 'edgebert-disk-'));
const mount = (options) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0;
const mounts = isRoot && process.platform === 'linux' && mount('size=256k');
after(() => {
  if (mounts) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});
const needsMount = !mounts && 'a small disk needs the right to mount one';

test(
  'a full disk: what fits is kept, and the job goes on once there is room',
  { skip: needsMount },
  async () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `text ${i}`);
    writeFileSync(at('many.txt'), texts.join('\n'));
    await embed('-i', 'many.txt', '-o', 'many.f32');
    for (const name of ['many.f32', 'many.npy', 'many.jsonl']) {
      const command = ['embed', '-i', 'many.txt', '-o', join(disk, name), ...model];
      const { code, stderr } = await run(folder, [...command, '-q']);
      assert.equal(code, 1);
      assert.match(stderr, /could not be written: no space left on device\n$/);
      assert.match(stderr, /is unfinished; the same command with --resume continues it\n/);
      assert.ok(!existsSync(join(disk, name)));
      assert.equal(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status, 0);
      const resumed = await run(folder, [...command, '--resume']);
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.match(resumed.stderr, /before them/);
      await embed('-i', 'many.txt', '-o', name);
      assert.ok(readFileSync(join(disk, name)).equals(readFileSync(at(name))), name);
      rmSync(join(disk, name));
      assert.equal(spawnSync('mount', ['-o', 'remount,size=256k', disk]).status, 0);
    }
  },
);

test('a folder that may not be written: told before any work', { skip: isRoot && needsMount }, async () => {
  const target = mounts ? disk : at('locked');
  if (mounts) spawnSync('mount', ['-o', 'remount,ro', disk]);
  else {
    mkdirSync(target);
    chmodSync(target, 0o555);
  }
  writeFileSync(at('one.txt'), 'one\n');
  for (const command of ['embed', 'index']) {
    const output = join(target, command === 'embed' ? 'out.f32' : 'out.index');
    const { code, stderr } = await run(folder, [command, '-i', 'one.txt', '-o', output, ...model]);
    assert.equal(code, 1);
    assert.match(stderr, /^edgebert: \S+ could not be written: (read-only file system|permission denied)\n$/);
  }
  if (mounts) spawnSync('mount', ['-o', 'remount,rw', disk]);
});
