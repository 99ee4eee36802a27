// Debian's packages. Nothing here takes root's rights unasked: as root, or with CI=true and a sudo that
// wants no password, packages are installed at once; on a terminal there is a question first; and
// otherwise the line to type is printed, and nothing is installed.
import { createInterface } from 'node:readline/promises';
import { ask, run } from '../lib/run.mjs';
import { say } from '../lib/say.mjs';

let updated = false;
/** What a person has been asked, and what the answer was. */
const answers = new Map();

/**
 * Installs Debian packages.
 *
 * @returns whether they are installed now; false where there is no apt-get, or where root's rights are
 * needed and nobody gave them
 * @throws Stop where apt-get fails
 */
export async function aptInstall(packages) {
  if (ask('apt-get', ['--version']) === undefined) return false;
  const install = ['apt-get', 'install', '--no-install-recommends', ...packages];
  const prefix = await asRoot(install.join(' '));
  if (!prefix) return false;
  const apt = (args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    return run(command, rest, { failure: `${args.join(' ')} failed.`, log: 'apt-get' });
  };
  if (!updated) await apt(['apt-get', 'update']);
  updated = true;
  await apt([...install, '--yes']);
  return true;
}

/**
 * The words to put before a command that needs root, or undefined where we may not have it.
 *
 * @param command what a person is asked about, or told to type
 */
export async function asRoot(command) {
  if (process.getuid?.() === 0) return [];
  if (process.env.CI === 'true')
    return ask('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
  if (!answers.has(command)) answers.set(command, await agreed(command));
  return answers.get(command) ? ['sudo'] : undefined;
}

async function agreed(command) {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say(`setup  this needs root, and was not done; to do it, type: sudo ${command}`);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`setup  run "sudo ${command}"? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
