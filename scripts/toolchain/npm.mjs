// The packages that package-lock.json names.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { step } from '../lib/say.mjs';

/**
 * What every installation here is given. Development dependencies come along whatever NODE_ENV says, and
 * no package needs its install script: their binaries come as packages of their own.
 */
export const INSTALL_FLAGS = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];

export async function setUpNpm() {
  if (!isInstalled(root)) {
    step('setup', 'installing the npm packages');
    await run('npm', ['ci', ...INSTALL_FLAGS], {
      cwd: root,
      failure: 'The npm packages could not be installed: "npm ci" failed.',
      log: 'npm',
    });
  }
  return 'npm packages';
}

/**
 * Whether a folder has what its package-lock.json names. npm writes node_modules/.package-lock.json
 * last, so that a broken-off installation has none.
 */
export function isInstalled(folder) {
  const record = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const found = packagesOf(record);
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (found[path] ? found[path].version === entry.version : entry.optional === true),
  );
}

function packagesOf(lock) {
  return JSON.parse(readFileSync(lock, 'utf8')).packages;
}
