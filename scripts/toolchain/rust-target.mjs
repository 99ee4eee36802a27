// The one target of this project, and how to tell that a compiler is ready for it.
import { rmSync } from 'node:fs';
import { temporaryName } from '../lib/files.mjs';
import { ask } from '../lib/run.mjs';

export const target = 'wasm32-unknown-unknown';

/** Whether this rustc links a test program for the target: tells more than the presence of files. */
export function canBuild(rustc = 'rustc') {
  const output = temporaryName('probe.wasm');
  const args = ['--test', '--crate-name=probe', `--target=${target}`, '-o', output, '-'];
  const built = ask(rustc, args, { input: 'fn main() {}' }) !== undefined;
  rmSync(output, { force: true });
  return built;
}
