// Debian's packages, where this system has them and lets us install.
import { ask, run } from '../lib/run.mjs';

let updated = false;

/** The words to put before a command that needs root, or undefined where we can't have root. */
export function asRoot() {
  if (process.getuid?.() === 0) return [];
  return ask('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
}

export function hasApt() {
  return ask('apt-get', ['--version']) !== undefined && asRoot() !== undefined;
}

export async function aptInstall(packages, failure) {
  if (!updated) await apt(['update'], failure);
  updated = true;
  await apt(['install', '--yes', '--no-install-recommends', ...packages], failure);
}

function apt(args, failure) {
  const [command, ...rest] = [...asRoot(), 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  return run(command, rest, { failure, log: 'apt-get' });
}
