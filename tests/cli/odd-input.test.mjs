// Input in other encodings and formats than meant, and outputs that are no files or are taken twice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, rowsOf, run, start, tiny, workFolder } from './support.mjs';

const folder = workFolder();
const model = ['--model', tiny];
const at = (name) => join(folder, name);
const embed = (...args) => run(folder, ['embed', ...model, ...args]);
const index = (...args) => run(folder, ['index', ...model, ...args]);

const UTF_16 = {
  le: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  be: (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
};

for (const [name, text] of [
  ['lines.txt', 'größe\r\n\r\nzwei\r\n'],
  ['lines.jsonl', '{"text":"größe","n":1}\n{"text":"zwei","n":2}\n'],
  ['lines.csv', 'text,n\r\ngröße,1\r\n\r\n"zw""ei\n",2\r\n'],
  ['lines.tsv', 'text\tn\ngröße\t1\n'],
]) {
  test(`UTF-16 with a byte order mark, and UTF-8 with one, are read as UTF-8 is: ${name}`, async () => {
    writeFileSync(at(name), text);
    const { code, stdout } = await embed('-i', name);
    assert.equal(code, 0);
    assert.match(stdout, /größe/);
    for (const bytes of [UTF_16.le(text), UTF_16.be(text), Buffer.from(`\ufeff${text}`)]) {
      writeFileSync(at(name), bytes);
      assert.equal((await embed('-i', name)).stdout, stdout);
      // Whatever the pieces that it comes in.
      const { child, ended } = start(folder, ['embed', ...model, '--input-format', formatOf(name)]);
      for (const byte of bytes) {
        child.stdin.write(Buffer.of(byte));
        await sleep(0);
      }
      child.stdin.end();
      assert.equal((await ended).stdout, stdout);
    }
  });
}

function formatOf(name) {
  return name.endsWith('.txt') ? 'lines' : name.split('.')[1];
}

test('UTF-16 that ends in the middle of a character is refused, whatever --invalid says', async () => {
  for (const bytes of [UTF_16.le('one\ntwo').subarray(0, -1), UTF_16.le('one\ud800\n')]) {
    writeFileSync(at('half.txt'), bytes);
    const { code, stderr } = await embed('-i', 'half.txt', '--invalid', 'skip', '-q');
    assert.equal(code, 1);
    assert.match(stderr, /^edgebert: half\.txt is not the UTF-16 that its byte order mark says\n$/);
  }
});

for (const [what, bytes, message, replaced] of [
  [
    'bytes that are not UTF-8',
    Buffer.from('text,n\none,1\nt\xffo,2\nthree,3\n', 'latin1'),
    /line 3 of rows\.csv is not UTF-8; /,
    't\ufffdo',
  ],
  [
    'too few fields',
    Buffer.from('n,text\n1,one\n2\n3,three\n'),
    /line 3 of rows\.csv has another number of fields \(1, and the first row 2\); /,
    '',
  ],
  [
    'too many fields',
    Buffer.from('text,n\none,1\ntwo,2,2\nthree,3\n'),
    /line 3 of rows\.csv has another number of fields \(3, and the first row 2\); /,
    'two',
  ],
]) {
  test(`CSV with ${what}: refused by its line, skipped or replaced on request`, async () => {
    writeFileSync(at('rows.csv'), bytes);
    const failed = await embed('-i', 'rows.csv', '-q');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, message);
    assert.deepEqual(
      rowsOf(failed.stdout).map(({ text }) => text),
      ['one'],
    );
    for (const [policy, texts] of [
      ['skip', ['one', 'three']],
      ['replace', ['one', replaced, 'three']],
    ]) {
      const { code, stdout, stderr } = await embed('-i', 'rows.csv', '--invalid', policy);
      assert.equal(code, 0);
      assert.match(stderr, /1 invalid record (skipped|replaced)/);
      assert.deepEqual(
        rowsOf(stdout).map(({ text }) => text),
        texts,
      );
    }
  });
}

test('two columns of one name are refused: one of them would be lost', async () => {
  writeFileSync(at('twice.csv'), 'text,n,text\none,1,two\n');
  const { code, stderr } = await embed('-i', 'twice.csv');
  assert.equal(code, 1);
  assert.match(stderr, /twice\.csv has two columns "text"/);
});

test('a file in another format is not read as lines of text, unless that is asked for', async () => {
  writeFileSync(at('docs.json'), '{"text":"one"}\n');
  for (const name of ['docs.json', 'docs.jsonl.bz2', 'docs.arrow', 'docs.npy']) {
    if (!existsSync(at(name))) writeFileSync(at(name), 'x');
    const { code, stdout, stderr } = await embed('-i', name);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^edgebert: ${name}: \\S+ cannot be read; `));
  }
  const asked = await embed('-i', 'docs.json', '--input-format', 'jsonl');
  assert.equal(rowsOf(asked.stdout)[0].text, 'one');
  assert.equal((await embed('-i', 'docs.json', '--input-format', 'lines')).code, 0);
});

test('lines that look like JSON lines are embedded as they are, with a warning', async () => {
  const warning = /read as lines of text, and the first one is a JSON object; --input-format jsonl/;
  const input = '{"text":"one"}\n';
  const warned = await run(folder, ['embed', ...model, '-q'], { input });
  assert.equal(warned.code, 0);
  assert.match(warned.stderr, warning);
  assert.equal(rowsOf(warned.stdout)[0].text, '{"text":"one"}');
  const asked = await run(folder, ['embed', ...model, '--input-format', 'lines'], { input });
  assert.doesNotMatch(asked.stderr, warning);
  assert.doesNotMatch((await run(folder, ['embed', ...model], { input: '{one\n' })).stderr, warning);
});

test('a file that is not Parquet, or is cut off, is called so', async () => {
  for (const bytes of ['', 'PAR1', `PAR1${'x'.repeat(100)}`]) {
    writeFileSync(at('cut.parquet'), bytes);
    const { code, stderr } = await embed('-i', 'cut.parquet');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^edgebert: cut\.parquet could not be read as Parquet: it is cut off, or another format \(\d+ bytes [^\n]*\n$/,
    );
  }
});

test('a record without an id: refused, skipped, or null where the output has room for it', async () => {
  writeFileSync(at('ids.jsonl'), '{"id":1,"text":"one"}\n{"id":null,"text":"two"}\n{"text":"three"}\n');
  const args = ['-i', 'ids.jsonl', '--id-field', 'id', '-q'];
  const failed = await embed(...args);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /line 2 of ids\.jsonl has no field "id", which --id-field names; /);
  assert.deepEqual(
    rowsOf((await embed(...args, '--invalid', 'replace')).stdout).map(({ id }) => id),
    [1, null, null],
  );
  assert.equal((await index(...args, '-o', 'ids.index', '--invalid', 'skip')).code, 0);
  const replaced = await index(...args, '-o', 'ids.index', '--invalid', 'replace');
  assert.equal(replaced.code, 1);
  assert.match(replaced.stderr, /record 2 has no id, and none can be made up for it/);
});

test('vectors that no index takes: refused by id, or skipped', async () => {
  const vectors = [[1, 2, 3], [1, 2], [0, 0, 0], [1, null, 2], [1e39, 0, 0], [], 'x', [3, 2, 1]];
  writeFileSync(
    at('vectors.jsonl'),
    vectors.map((vector, id) => JSON.stringify({ id, text: `text ${id}`, vector })).join('\n'),
  );
  const args = [
    'index',
    '-i',
    'vectors.jsonl',
    '--id-field',
    'id',
    '--vector-field',
    'vector',
    '-o',
    'v.index',
  ];
  const failed = await run(folder, args);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /the vector of "1" has 2 numbers, and the first one has 3; --invalid skip/);
  assert.ok(!existsSync(at('v.index')));
  const { code, stderr } = await run(folder, [...args, '--invalid', 'skip']);
  assert.equal(code, 0);
  assert.match(stderr, /^2 entries, 6 invalid records skipped, /);
});

const posix = process.platform !== 'win32';

test(
  'an output that is a pipe by another name is written to, and nothing is put beside it',
  { skip: !posix },
  () => {
    mkdirSync(at('beside'));
    const lines = Array.from({ length: 3000 }, (_, i) => `text ${i}\n`).join('');
    writeFileSync(at('beside/in.txt'), lines);
    symlinkSync('/dev/fd/1', at('beside/out'));
    const command = (output) =>
      `exec "${process.execPath}" "${cli}" embed --model "${tiny}" -i in.txt -q --format f32 -o ${output}`;
    const ask = (script) => spawnSync('sh', ['-c', script], { cwd: at('beside'), maxBuffer: 1 << 24 });
    const direct = ask(command('-')).stdout;
    assert.equal(direct.length, 3000 * 32 * 4);
    for (const output of ['/dev/stdout', '/dev/fd/1', 'out']) {
      const { status, stdout, stderr } = ask(`{ ${command(output)}; } | cat`);
      assert.equal(status, 0, String(stderr));
      assert.ok(stdout.equals(direct), output);
      assert.deepEqual(readdirSync(at('beside')).sort(), ['in.txt', 'out']);
    }
    const { stdout, stderr } = ask(`( (${command('/dev/stdout')}); echo $? >&2 ) | head -c 100`);
    assert.equal(stdout.length, 100);
    assert.equal(String(stderr), '0\n');
    for (const option of ['--append', '--resume', '--shard-rows 10']) {
      const refused = ask(`{ ${command(`/dev/stdout ${option}`)}; } | cat`);
      assert.match(String(refused.stderr), /needs a file: name it with --output/);
    }
  },
);

test('a second process at the same output ends the first one, and loses nothing itself', async () => {
  writeFileSync(at('many.txt'), Array.from({ length: 40_000 }, (_, i) => `text ${i}`).join('\n'));
  for (const [name, args] of [
    ['two.index', []],
    ['two.f32', []],
    ['two.f32', ['--resume']],
  ]) {
    const command = [name.endsWith('.index') ? 'index' : 'embed', '-i', 'many.txt', '-o', name, ...model];
    if (args.length > 0) {
      const killed = start(folder, command);
      await until(() => existsSync(at(`${name}.partial`)) && readFileSync(at(`${name}.partial`)).length > 0);
      killed.child.kill('SIGKILL');
      await killed.ended;
    }
    const first = start(folder, [...command, ...args]);
    const begun = stateOf(name);
    await until(() => stateOf(name) !== begun);
    first.child.kill('SIGSTOP');
    const stopped = stateOf(name);
    const second = start(folder, [...command, ...args]);
    await until(() => stateOf(name) !== stopped);
    first.child.kill('SIGCONT');
    const [one, other] = await Promise.all([first.ended, second.ended]);
    assert.equal(other.code, 0, other.stderr);
    assert.equal(one.code, 1, one.stderr);
    assert.match(
      one.stderr,
      new RegExp(`${name} could not be written: another process writes to the same output`),
    );
    assert.doesNotMatch(one.stderr, /continues it/);
    const alone = `alone.${name.split('.')[1]}`;
    await run(folder, [command[0], '-i', 'many.txt', '-o', alone, ...model]);
    assert.ok(readFileSync(at(name)).equals(readFileSync(at(alone))), name);
    assert.ok(!existsSync(at(`${name}.partial`)) && !existsSync(at(`${name}.job.json`)));
  }
});

/** What tells the process that writes an output from the one before. */
function stateOf(name) {
  const job = at(`${name}.job.json`);
  if (!name.endsWith('.index')) return existsSync(job) ? readFileSync(job, 'utf8') : undefined;
  return existsSync(at(`${name}.partial`)) ? statSync(at(`${name}.partial`)).ino : undefined;
}

async function until(condition) {
  for (let i = 0; i < 6000 && !condition(); i++) await sleep(10);
  assert.ok(condition());
}

test('pack: texts that are not UTF-8, and none at all, are refused', async () => {
  for (const [name, bytes, message] of [
    ['wide.txt', UTF_16.le('one\n'), /--calibration: wide\.txt is not UTF-8/],
    ['nothing.txt', '\n\n', /--calibration: nothing\.txt has no texts/],
  ]) {
    writeFileSync(at(name), bytes);
    const { code, stderr } = await run(folder, ['pack', tiny, '--calibration', name, '-o', 'p.safetensors']);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
  assert.ok(!existsSync(at('p.safetensors')));
});

test('a download that fails leaves no folders', async () => {
  const { code } = await run(folder, [
    'download',
    'MiniLML6V2',
    '-o',
    'public/models',
    '--base-url',
    './nowhere',
  ]);
  assert.equal(code, 1);
  assert.ok(!existsSync(at('public')));
});
