// The two cargo-installed commands of the build: wasm-pack, and the wasm-bindgen that it runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, tools } from '../lib/paths.mjs';
import { ask, preferPath, run } from '../lib/run.mjs';
import { step } from '../lib/say.mjs';

const WASM_PACK = '0.15.1';

export async function setUpTools() {
  preferPath(join(tools, 'bin'));
  const wasmBindgen = lockedVersion('wasm-bindgen');
  await install('wasm-bindgen-cli', wasmBindgen, ['wasm-bindgen', 'wasm-bindgen-test-runner']);
  await install('wasm-pack', WASM_PACK, ['wasm-pack']);
  return `wasm-pack ${WASM_PACK}, wasm-bindgen ${wasmBindgen}`;
}

/** The command's version must be exactly that of the crate in the lock file. */
function lockedVersion(crate) {
  const lock = readFileSync(inRoot('Cargo.lock'), 'utf8');
  return lock.match(new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`))[1];
}

async function install(crate, version, commands) {
  if (commands.every((command) => ask(command, ['--version'])?.endsWith(` ${version}`))) return;
  step('setup', `installing ${crate} ${version} (a minute or two)`);
  // Unoptimised they are built in a third of the time, and still run in a second or less.
  const env = { ...process.env, CARGO_PROFILE_RELEASE_OPT_LEVEL: '0' };
  await run('cargo', ['install', '--locked', '--force', '--root', tools, '--version', `=${version}`, crate], {
    env,
    failure: `${crate} ${version} could not be installed with cargo.`,
    log: crate,
  });
}
