import { isInstalled, INSTALL_FLAGS } from '../../scripts/toolchain/npm.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { step } from '../../scripts/lib/say.mjs';

/**
 * Installs what the package-lock.json of a folder under bench/ names, there and nowhere else.
 *
 * @param what for the messages
 */
export async function installIn(folder, what) {
  if (isInstalled(folder)) return;
  step('setup', `installing ${what}`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, ['ci', ...INSTALL_FLAGS], {
    cwd: folder,
    failure: `Could not install ${what}: "npm ci" failed in ${folder}.`,
  });
}
