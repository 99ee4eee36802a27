// The packed package in the projects of tests/consumers: the quick ones need nothing more than the
// repository does; the others bring bundlers and runtimes along, some 600 MB.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './files.mjs';
import { INSTALL_FLAGS, isInstalled } from '../toolchain/npm.mjs';
import { inRoot, tools } from './paths.mjs';
import { run } from './run.mjs';

const projects = inRoot('tests', 'consumers');

/** The files of the tests, and in .tools/consumers what they need. */
export async function consumerTests({ all }) {
  if (all) await installTools(join(tools, 'consumers'));
  return ['quick', ...(all ? ['full'] : [])].flatMap((half) => listFiles(join(projects, half)));
}

async function installTools(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(projects, file), join(folder, file));
  if (isInstalled(folder)) return;
  // Not `npm ci`: it refuses where a registry has no binaries for the other platforms.
  await run('npm', ['install', '--no-save', ...INSTALL_FLAGS], {
    cwd: folder,
    failure: 'The bundlers and runtimes of tests/consumers could not be installed.',
    log: 'consumers',
  });
}
