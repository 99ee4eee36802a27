// The README's first example, as it is written there, prints what its comments say.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Answers requests to the Hub with the original files that `npm run model` left on this machine. */
const noNetwork = `
  import { existsSync, readFileSync } from 'node:fs';
  const folder = ${JSON.stringify(join(root, 'models/all-MiniLM-L6-v2/checkpoint/'))};
  globalThis.fetch = async (url) => {
    const file = folder + /\\/resolve\\/[^/]+\\/(.*)/.exec(url)?.[1];
    return existsSync(file) ? new Response(readFileSync(file)) : new Response('', { status: 404 });
  };`;

test('the first example prints what its comments say', () => {
  const [, example] = readFileSync(join(root, 'README.md'), 'utf8').match(/```js\n([\s\S]*?)```/);
  const expected = [...example.matchAll(/console\.log\(.*\/\/ (-?[\d.]+)/g)].map(([, number]) => number);
  assert.ok(expected.length > 0);

  // Inside the package, where `import 'edgebert'` finds dist/ by the package's own exports.
  mkdirSync(join(root, 'test-results'), { recursive: true });
  const folder = mkdtempSync(join(root, 'test-results', 'readme-'));
  try {
    writeFileSync(join(folder, 'example.mjs'), example);
    writeFileSync(join(folder, 'no-network.mjs'), noNetwork);
    const args = [
      '--import',
      pathToFileURL(join(folder, 'no-network.mjs')).href,
      join(folder, 'example.mjs'),
    ];
    const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: folder, LOCALAPPDATA: folder };
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8', env });
    assert.deepEqual(printed.trim().split('\n'), expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
