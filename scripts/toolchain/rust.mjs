// A cargo and a rustc that can build for WebAssembly.
import { debianRust, installDebianRust } from './debian-rust.mjs';
import { canBuild, target } from './rust-target.mjs';
import { ask, preferPath, run } from '../lib/run.mjs';
import { Stop, step } from '../lib/say.mjs';

export async function setUpRust() {
  if (!ask('cargo', ['--version']) || !ask('rustc', ['--version'])) {
    throw new Stop('Rust is missing: install it from https://rustup.rs, then run this again.');
  }
  if (!canBuild() && !usesDebianRust()) {
    step('setup', `adding Rust's ${target} target`);
    if (!(await addedByRustup())) await installDebianRust();
  }
  return ask('rustc', ['--version']).replace(/ \(.*/, '');
}

function usesDebianRust() {
  if (!debianRust.isReady()) return false;
  preferPath(debianRust.bin);
  return canBuild();
}

async function addedByRustup() {
  if (ask('rustup', ['--version']) === undefined) return false;
  try {
    await run('rustup', ['target', 'add', target], { timeout: 300_000, log: 'rustup' });
  } catch {
    return false;
  }
  return canBuild();
}
