// The engine: src/ → pkg/, by wasm-pack and then wasm-opt.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fillFolderAtOnce } from './files.mjs';
import { inRoot, pkg, root } from './paths.mjs';
import { ask, run, runNode } from './run.mjs';
import { seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';

export const wasmFile = join(pkg, 'edgebert_bg.wasm');

/** wasm-opt takes the features that it may use from the file itself, where rustc notes its own. */
const OPTIMISE = ['-Oz', '--converge', '--strip-debug', '--strip-producers'];
const wasmOpt = inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt');

export async function buildWasm() {
  const started = performance.now();
  const inputs = ['Cargo.toml', 'Cargo.lock', '.cargo', 'src'].map((path) => inRoot(path));
  const settings = [
    OPTIMISE,
    ask('rustc', ['--version']),
    ask('wasm-bindgen', ['--version']),
    ask(process.execPath, [wasmOpt, '--version']),
  ];
  const made = await makeOnce({ name: 'wasm', inputs, settings, output: pkg }, () =>
    fillFolderAtOnce(pkg, compile),
  );
  step(
    'build',
    `the engine: ${(statSync(wasmFile).size / 1000).toFixed(1)} KB${made ? `, in ${seconds(started)}` : ', as before'}`,
  );
}

/** Panic messages name source files: without this, by their paths on the machine that built them. */
function pathless() {
  const home = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const sources = join(home, 'registry', 'src');
  const registries = existsSync(sources) ? readdirSync(sources).map((name) => join(sources, name)) : [];
  const flags = [...registries, root].map((path) => `--remap-path-prefix=${path}/=`);
  return `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`;
}

async function compile(folder) {
  step('build', 'compiling the engine');
  const options = ['--target', 'web', '--release', '--no-pack', '--out-name', 'edgebert', '--out-dir', folder];
  await run('wasm-pack', ['build', ...options, '--', '--locked', '--config', pathless()], {
    cwd: root,
    failure: 'The engine does not compile.',
  });
  const file = join(folder, 'edgebert_bg.wasm');
  await runNode(wasmOpt, [file, ...OPTIMISE, '-o', file], { failure: 'wasm-opt failed on the engine.' });
}
