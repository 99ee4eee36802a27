// The engine: src/ → pkg/, by wasm-pack and then wasm-opt. The search kernels: src/search/ → pkg-search/.
// What makes compact model files: src/packer/ → pkg-packer/.
import { copyFileSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fillFolderAtOnce } from './files.mjs';
import { inRoot, pkg, pkgPacker, pkgSearch, root } from './paths.mjs';
import { ask, run, runNode } from './run.mjs';
import { seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';

export const wasmFile = join(pkg, 'edgebert_bg.wasm');
export const searchFile = join(pkgSearch, 'search.wasm');
export const packerFile = join(pkgPacker, 'packer_bg.wasm');

/**
 * wasm-opt takes the features that it may use from the file itself, where rustc notes its own. The
 * lowest kilobyte of memory is the far end of the stack, which nothing points to: 2.3 KB less.
 */
export const OPTIMISE = ['-Oz', '--converge', '--low-memory-unused', '--strip-debug', '--strip-producers'];
export const wasmOpt = inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt');
const wasmAs = inRoot('node_modules', 'binaryen', 'bin', 'wasm-as');

/** Assembles a .wat file, which may use relaxed SIMD. `failure` is said if it can't be. */
export function assemble(source, output, failure) {
  return runNode(wasmAs, [source, '--enable-simd', '--enable-relaxed-simd', '-o', output], { failure });
}

/** What cargo made of a crate of this workspace. */
function compiledWasm(crate) {
  const target = process.env.CARGO_TARGET_DIR ?? inRoot('target');
  return join(target, 'wasm32-unknown-unknown', 'release', `${crate}.wasm`);
}

export async function buildWasm() {
  const started = performance.now();
  const own = readdirSync(inRoot('src')).filter((name) => !['search', 'packer'].includes(name));
  const inputs = ['Cargo.toml', 'Cargo.lock', '.cargo', ...own.map((name) => `src/${name}`)].map((path) =>
    inRoot(path),
  );
  const settings = [
    OPTIMISE,
    BINDGEN,
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

/** Instances are replaced, the engine's after a crash: an option that wasm-pack does not pass on. */
const BINDGEN = ['--target', 'web', '--omit-default-module-path', '--experimental-reset-state-function'];

/** The bindings make their coders of UTF-8 at once, and Jest's jsdom has them in Node's modules only. */
function withTextCoders(file) {
  const coders =
    'const { TextDecoder, TextEncoder } = globalThis.TextDecoder\n' +
    "    ? globalThis\n    : (globalThis.process?.getBuiltinModule?.('node:util') ?? {});\n";
  writeFileSync(file, coders + readFileSync(file, 'utf8'));
}

async function compile(folder) {
  step('build', 'compiling the engine');
  const options = [
    '--target',
    'web',
    '--release',
    '--no-pack',
    '--out-name',
    'edgebert',
    '--out-dir',
    folder,
  ];
  await run('wasm-pack', ['build', ...options, '--', '--locked', '--config', pathless()], {
    cwd: root,
    failure: 'The engine does not compile.',
  });
  await run(
    'wasm-bindgen',
    [compiledWasm('edgebert'), ...BINDGEN, '--out-name', 'edgebert', '--out-dir', folder],
    {
      failure: 'wasm-bindgen failed on the engine.',
    },
  );
  withTextCoders(join(folder, 'edgebert.js'));
  const file = join(folder, 'edgebert_bg.wasm');
  await runNode(wasmOpt, [file, ...OPTIMISE, '-o', file], { failure: 'wasm-opt failed on the engine.' });
}

const SEARCH_OPTIMISE = [
  '-O3',
  '--converge',
  '--strip-debug',
  '--strip-producers',
  '--strip-target-features',
];
/** The kernels keep everything in registers. */
const SEARCH_LINK = ['-C', 'link-arg=-zstack-size=1024'];

/** Checks of overflow would take 600 bytes, and the file more than browsers compile synchronously. */
const SEARCH_CONFIG = ['edgebert-search', 'edgebert-kernels'].flatMap((crate) => [
  '--config',
  `profile.release.package.${crate}.overflow-checks=false`,
]);

/** The scan of SearchIndex, a file of its own so that it can be compiled synchronously. */
export async function buildSearch() {
  const inputs = ['Cargo.toml', 'Cargo.lock', '.cargo', 'src/search'].map((path) => inRoot(path));
  const settings = [
    SEARCH_OPTIMISE,
    SEARCH_LINK,
    SEARCH_CONFIG,
    ask('rustc', ['--version']),
    ask(process.execPath, [wasmOpt, '--version']),
  ];
  const made = await makeOnce({ name: 'search', inputs, settings, output: pkgSearch }, () =>
    fillFolderAtOnce(pkgSearch, compileSearch),
  );
  const bytes = statSync(searchFile).size;
  step('build', `the search kernels: ${bytes} bytes${made ? '' : ', as before'}`);
}

const compileSearch = (folder) => compileSearchTo(join(folder, 'search.wasm'), SEARCH_CONFIG);

/** The search kernels with their checks of overflow, for inputs that mean harm. */
export const compileCheckedSearch = (file) => compileSearchTo(file, []);

async function compileSearchTo(file, config) {
  const cargo = [
    'rustc',
    ...config,
    '--locked',
    '--release',
    '-p',
    'edgebert-search',
    '--crate-type',
    'cdylib',
  ];
  await run('cargo', [...cargo, '--', ...SEARCH_LINK], {
    cwd: root,
    failure: 'The search kernels do not compile.',
  });
  copyFileSync(compiledWasm('edgebert_search'), file);
  await runNode(wasmOpt, [file, ...SEARCH_OPTIMISE, '-o', file], {
    failure: 'wasm-opt failed on the search kernels.',
  });
}

const PACKER_OPTIMISE = ['-O3', '--strip-debug', '--strip-producers'];

/** What makes compact model files: a file of its own, which nobody downloads who only loads models. */
export async function buildPacker() {
  const inputs = ['Cargo.toml', 'Cargo.lock', '.cargo', 'src/packer', 'src/coding', 'src/kernels'].map(
    (path) => inRoot(path),
  );
  const settings = [
    PACKER_OPTIMISE,
    ask('rustc', ['--version']),
    ask('wasm-bindgen', ['--version']),
    ask(process.execPath, [wasmOpt, '--version']),
  ];
  const made = await makeOnce({ name: 'packer', inputs, settings, output: pkgPacker }, () =>
    fillFolderAtOnce(pkgPacker, compilePacker),
  );
  const bytes = statSync(packerFile).size;
  step('build', `the packer: ${(bytes / 1000).toFixed(1)} KB${made ? '' : ', as before'}`);
}

async function compilePacker(folder) {
  const cargo = ['rustc', '--locked', '--release', '-p', 'edgebert-packer', '--crate-type', 'cdylib'];
  await run('cargo', [...cargo, '--config', pathless()], {
    cwd: root,
    failure: 'The packer does not compile.',
  });
  const options = [...BINDGEN, '--out-name', 'packer'];
  await run('wasm-bindgen', [compiledWasm('edgebert_packer'), ...options, '--out-dir', folder], {
    failure: 'wasm-bindgen failed on the packer.',
  });
  withTextCoders(join(folder, 'packer.js'));
  const file = join(folder, 'packer_bg.wasm');
  await runNode(wasmOpt, [file, ...PACKER_OPTIMISE, '-o', file], {
    failure: 'wasm-opt failed on the packer.',
  });
}
