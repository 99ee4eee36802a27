// bench/kernels → a package for the page, compiled as the engine itself is.
import { join } from 'node:path';
import { fillFolderAtOnce } from '../../scripts/lib/files.mjs';
import { inRoot, tools } from '../../scripts/lib/paths.mjs';
import { ask, run, runNode } from '../../scripts/lib/run.mjs';
import { seconds, step } from '../../scripts/lib/say.mjs';
import { makeOnce } from '../../scripts/lib/stamp.mjs';
import { OPTIMISE, wasmOpt } from '../../scripts/lib/wasm.mjs';

export const kernelsPackage = join(tools, 'bench-kernels');

const crate = inRoot('bench', 'kernels');

export async function buildKernels() {
  const started = performance.now();
  const inputs = [
    ...['Cargo.toml', 'Cargo.lock', 'src'].map((path) => join(crate, path)),
    inRoot('.cargo'),
    inRoot('src', 'kernels'),
    inRoot('src', 'coding'),
  ];
  const settings = [
    OPTIMISE,
    ask('rustc', ['--version']),
    ask('wasm-bindgen', ['--version']),
    ask(process.execPath, [wasmOpt, '--version']),
  ];
  const made = await makeOnce({ name: 'bench-kernels', inputs, settings, output: kernelsPackage }, () =>
    fillFolderAtOnce(kernelsPackage, compile),
  );
  step('build', `the kernels for the bench${made ? `, in ${seconds(started)}` : ', as before'}`);
}

async function compile(folder) {
  step('build', 'compiling the kernels for the bench');
  // The engine's own target folder, so that its dependencies are compiled once.
  const env = { CARGO_TARGET_DIR: inRoot('target'), ...process.env };
  const options = ['--target', 'web', '--release', '--no-pack', '--out-name', 'kernels', '--out-dir', folder];
  await run('wasm-pack', ['build', ...options, '--', '--locked'], {
    cwd: crate,
    env,
    failure: 'bench/kernels does not compile.',
  });
  const file = join(folder, 'kernels_bg.wasm');
  await runNode(wasmOpt, [file, ...OPTIMISE, '-o', file], { failure: 'wasm-opt failed on bench/kernels.' });
}
