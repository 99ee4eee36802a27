// The commands start on a checkout in which nothing is installed yet: setup is the first thing they do, so no
// module they import may need a package.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bare = mkdtempSync(join(tmpdir(), 'edgebert-bare-'));
after(() => rmSync(bare, { recursive: true, force: true }));
for (const path of ['scripts', 'package.json', 'demo/src', 'Cargo.toml']) {
  cpSync(join(root, path), join(bare, path), { recursive: true });
}

for (const command of readdirSync(join(root, 'scripts')).filter((name) => name.endsWith('.mjs'))) {
  test(`scripts/${command} can be imported before npm has installed anything`, () => {
    const url = pathToFileURL(join(bare, 'scripts', command)).href;
    const code = `await import(${JSON.stringify(url)}); console.log('imported');`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: bare,
      encoding: 'utf8',
      env: { ...process.env, NODE_PATH: '' },
    });
    assert.match(out, /imported/);
  });
}
