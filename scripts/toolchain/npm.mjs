// The packages that package-lock.json names.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
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
 * Installs into `folder` what the package.json and package-lock.json of `source` name.
 *
 * @param what for the message, should it fail
 */
export async function installFrom(source, folder, what) {
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(folder, file));
  if (isInstalled(folder)) return;
  step('setup', `installing ${what}`);
  // Not `npm ci`: it refuses where a registry has no binaries for the other platforms.
  await run('npm', ['install', '--no-save', ...INSTALL_FLAGS], {
    cwd: folder,
    failure: `Could not install ${what}.`,
    log: 'npm',
  });
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
