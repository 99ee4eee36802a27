// Nothing asks for root unasked: what the scripts do about a missing system package, seen with an
// apt-get and a sudo that only write down how they were called.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const apt = new URL('../../scripts/toolchain/apt.mjs', import.meta.url).href;
const preload = (uid) => `data:text/javascript,process.getuid = () => ${uid}`;

/** Installs a package as a user with this id, and tells what was printed and which commands ran. */
function install({ uid, CI = '' }) {
  const folder = mkdtempSync(join(tmpdir(), 'edgebert-root-'));
  const log = join(folder, 'log');
  for (const name of ['apt-get', 'sudo', 'env']) {
    const body = name === 'apt-get' ? '' : `[ "$1" = -n ] && shift; [ "$1" = true ] || exit 0`;
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> '${log}'\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const program = `import { aptInstall } from '${apt}'; console.log(await aptInstall(['some-package']));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', preload(uid), '--input-type=module', '--eval', program],
    { encoding: 'utf8', input: '', env: { ...process.env, CI, PATH: `${folder}:${process.env.PATH}` } },
  );
  const ran = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  rmSync(folder, { recursive: true });
  assert.equal(stderr, '');
  return { printed: stdout.trim().split('\n'), ran: ran.filter((line) => !/--version/.test(line)) };
}

test('an ordinary user without a terminal gets the line to type, and nothing runs', () => {
  const { printed, ran } = install({ uid: 1000 });
  assert.deepEqual(ran, []);
  assert.match(printed[0], /sudo apt-get install --no-install-recommends some-package$/);
  assert.equal(printed.at(-1), 'false');
});

test('root installs at once, without sudo', () => {
  const { printed, ran } = install({ uid: 0 });
  assert.deepEqual(printed, ['true']);
  assert.ok(
    ran.some((line) => /^env .*apt-get install .*some-package/.test(line)),
    ran.join('\n'),
  );
  assert.ok(!ran.some((line) => line.startsWith('sudo')), ran.join('\n'));
});

test('with CI=true a sudo that wants no password is used', () => {
  const { printed, ran } = install({ uid: 1000, CI: 'true' });
  assert.deepEqual(printed, ['true']);
  assert.ok(
    ran.some((line) => /^sudo -n env .*apt-get install .*some-package/.test(line)),
    ran.join('\n'),
  );
});
