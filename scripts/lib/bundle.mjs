// The wrapper: js/ and the engine → dist/, which is what gets published: a module for each one in js/,
// worker.js, webgpu.js, calibrate.js and edgebert.min.js in one file each, and the declarations with all
// their documentation.
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { fillFolderAtOnce, listFiles } from './files.mjs';
import { notices } from './notices.mjs';
import { dist, inRoot, pkg, pkgPacker, root } from './paths.mjs';
import { runNode } from './run.mjs';
import { Stop, seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';
import { packerFile, searchFile, wasmFile } from './wasm.mjs';

/** Whether the registry's npm packages of models are on npm: see js/loading/published.ts. */
const MODELS_PUBLISHED = String(process.env.EDGEBERT_MODELS_PUBLISHED === '1');

const settings = {
  bundle: true,
  define: { MODELS_PUBLISHED },
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  absWorkingDir: root,
  legalComments: 'inline',
  logLevel: 'silent',
};

/** idb is published inside the package, and its licence asks that its notice goes along. */
const idbNotice = () => ({
  js: `/*! Includes idb.\n${readFileSync(inRoot('node_modules', 'idb', 'LICENSE'), 'utf8').trim()}\n*/`,
});

/**
 * What a page asks for by one address: minified, but with the names of classes and functions for the console.
 */
const singleFile = {
  ...settings,
  minify: true,
  external: ['node:*', './*_bg.wasm'],
  alias: { 'search-kernels': searchFile },
  loader: { '.wasm': 'binary' },
};

/** Where this version's files can be read one by one, if the repository is known. */
const repositoryFiles = (({ repository, version }) => {
  const [, name] = /github\.com[/:]([\w.-]+\/[\w.-]+?)(\.git)?$/.exec(repository?.url ?? '') ?? [];
  return name && `https://raw.githubusercontent.com/${name}/v${version}/`;
})(JSON.parse(readFileSync(inRoot('package.json'), 'utf8')));

/**
 * The main entry with what it brings where nothing is left out, whose classes and functions keep their names
 * in the console when they are minified.
 */
const NAMED = `
  import * as all from './index.js';
  export * from './index.js';
  export { default } from './index.js';
  import './this-thread.js';
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === 'function' && name !== 'default') Object.defineProperty(value, 'name', { value: name });
  }`;

/** Modules that are not in js/, by the name that js/ imports them by, and where dist/ has them. */
const generated = [
  { name: /(^|\/)pkg\/edgebert\.js$/, module: 'engine/bindings', from: { entry: join(pkg, 'edgebert.js') } },
  { name: /^idb$/, module: 'vendor/idb', from: { entry: 'idb', banner: idbNotice } },
  {
    name: /^search-kernels$/,
    module: 'search/index/kernels-bytes',
    from: { bytes: () => readFileSync(searchFile) },
  },
  {
    name: /(^|\/)pkg-packer\/packer\.js$/,
    module: 'pack/packer',
    from: { entry: join(pkgPacker, 'packer.js') },
  },
  {
    name: /^engine-bytes$/,
    module: 'engine/embedded-engine',
    from: { bytes: () => gzipSync(readFileSync(wasmFile), { level: 9 }) },
  },
  {
    name: /^worker-script$/,
    module: 'engine/embedded-worker',
    from: { text: (folder) => readFileSync(join(folder, 'worker.js')) },
  },
];

/** Packages that the program brings along: optional peers. */
const PEERS = /^react$/;

/** Leaves every import as it is, but for the generated modules, which get their addresses in dist/. */
const separateModules = {
  name: 'separate-modules',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      if (kind === 'entry-point') return undefined;
      const found = generated.find(({ name }) => name.test(path));
      const folder = dirname(relative(inRoot('js'), importer));
      const address = found ? posix.relative(folder.replaceAll('\\', '/'), `${found.module}.js`) : path;
      return {
        path: /^[.]|^node:/.test(address) || PEERS.test(address) ? address : `./${address}`,
        external: true,
      };
    });
  },
};

/** Shaders without comments and spaces, which no minifier looks for in texts. */
const smallShaders = {
  name: 'small-shaders',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]webgpu[\\/]shaders\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(/^\s*(\/\/.*)?$/gm, '')
        .replace(/^\s+/gm, '')
        .replace(/ ([=+*/<>-]|[-+*]=|[<>=]=) /g, '$1')
        .replace(/([,;:]) /g, '$1'),
      loader: 'ts',
    }));
  },
};

/** package.json's `sideEffects` names modules in dist/, not those in js/. */
const withSideEffects = {
  name: 'with-side-effects',
  setup({ onResolve }) {
    onResolve({ filter: /\/(package-files|this-thread)\.js$/ }, ({ path, resolveDir }) => {
      return { path: join(resolveDir, path.replace(/\.js$/, '.ts')), sideEffects: true };
    });
  },
};

export async function buildDist() {
  const started = performance.now();
  const settings = [
    'Cargo.lock',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  const sources = ['js', 'pkg', 'pkg-packer', 'pkg-search', ...settings];
  const inputs = [...sources.map((path) => inRoot(path)), fileURLToPath(import.meta.url)];
  const made = await makeOnce({ name: 'dist', inputs, settings: [MODELS_PUBLISHED], output: dist }, () =>
    fillFolderAtOnce(dist, fill),
  );
  const bytes = listFiles(dist).reduce((sum, file) => sum + statSync(file).size, 0);
  step('build', `dist/: ${(bytes / 1000).toFixed(1)} KB${made ? `, in ${seconds(started)}` : ', as before'}`);
}

async function fill(folder) {
  const js = inRoot('js');
  const scripts = ['worker.ts', 'webgpu.ts', 'calibrate.ts'].map((name) => join(js, name));
  const isScript = (file) => scripts.includes(file) || !relative(join(js, 'webgpu'), file).startsWith('..');
  const modules = listFiles(js).filter((file) => /(?<!\.d)\.ts$/.test(file) && !isScript(file));
  // One published module for each in js/, so that bundlers take what is used and nothing else.
  const separate = { ...settings, outbase: js, outdir: folder, plugins: [separateModules] };
  // Nobody's bundle contains the command, so it has no source maps.
  const isCommand = (file) => /^cli\b/.test(relative(js, file));
  await build({ ...separate, entryPoints: modules.filter(isCommand) });
  await build({ ...separate, entryPoints: modules.filter((file) => !isCommand(file)), sourcemap: true });
  for (const file of listFiles(folder).filter(isEmpty))
    [file, `${file}.map`].forEach((path) => rmSync(path, { force: true }));
  for (const file of listFiles(folder)) {
    if (file.endsWith('.js')) restoreClasses(file);
    else if (file.endsWith('.map')) await slimMap(file, folder);
  }
  await build({ ...singleFile, plugins: [smallShaders], outdir: folder, entryPoints: scripts });
  leaveImportsAlone(join(folder, 'worker.js'));
  const stdin = { contents: NAMED, resolveDir: js };
  const outfile = join(folder, 'edgebert.min.js');
  await build({ ...singleFile, banner: idbNotice(), plugins: [withSideEffects], stdin, outfile });
  for (const { module, from } of generated) await generate(folder, module, from);

  copyFileSync(wasmFile, join(folder, 'edgebert_bg.wasm'));
  // The other entries have it in a module; workerd compiles files only.
  copyFileSync(searchFile, join(folder, 'search_bg.wasm'));
  copyFileSync(packerFile, join(folder, 'pack', 'packer_bg.wasm'));
  await declare(folder);
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), await notices());
}

/** esbuild writes `class Model` as `var Model = class _Model`, and that is the name that consoles show. */
function restoreClasses(file) {
  const script = readFileSync(file, 'utf8');
  const names = [...script.matchAll(/^var (\w+) = class _\1\b/gm)].map(([, name]) => name);
  const restored = names.reduce(
    (text, name) =>
      text
        .replace(`var ${name} = class _${name}`, `class ${name}`)
        .replace(new RegExp(`\\b_${name}\\b`, 'g'), name),
    script,
  );
  if (restored !== script) writeFileSync(file, restored);
}

/**
 * The address of webgpu.js comes from the page: nothing for a bundler to look for. esbuild drops such
 * comments where it minifies.
 */
function leaveImportsAlone(file) {
  const script = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    script.replace(/\bimport\((?=\w+\))/g, 'import(/*webpackIgnore:true*//*@vite-ignore*/'),
  );
}

/** A module from another package, or one with bytes or a text in it. */
function generate(folder, module, { entry, banner, bytes, text }) {
  const outfile = join(folder, `${module}.js`);
  if (entry) return build({ ...settings, entryPoints: [entry], banner: banner?.(), outfile });
  const contents = bytes?.() ?? text(folder);
  return build({ ...settings, stdin: { contents, loader: bytes ? 'binary' : 'text' }, outfile });
}

/**
 * One position a line is enough for stack traces and breakpoints. The sources are named, not copied: the
 * modules in dist/ are the sources less their types, so a copy would be the same text again (maps of 210 KB
 * compressed instead of 20 KB). A published package names its repository, which npm's provenance requires,
 * and debuggers find the sources there.
 */
async function slimMap(file, folder) {
  const { decode, encode } = await import('@jridgewell/sourcemap-codec');
  const { version, sources, mappings } = JSON.parse(readFileSync(file, 'utf8'));
  const firstOfEachLine = decode(mappings).map(([first]) => (first ? [first.slice(0, 4)] : []));
  const inRepository = sources.map((source) => relative(root, resolve(dirname(file), source)));
  const fromDist = join(dist, relative(folder, dirname(file)));
  const map = {
    version,
    file: basename(file, '.map'),
    ...(repositoryFiles ? { sourceRoot: repositoryFiles } : {}),
    sources: repositoryFiles
      ? inRepository
      : inRepository.map((source) => relative(fromDist, join(root, source))),
    names: [],
    mappings: encode(firstOfEachLine),
  };
  writeFileSync(file, JSON.stringify(map));
}

/** Whether a script has only comments in it: the source has nothing but types. */
function isEmpty(file) {
  return file.endsWith('.js') && !/^(?!\/\/).+$/m.test(readFileSync(file, 'utf8'));
}

async function build(options) {
  const esbuild = await import('esbuild');
  try {
    return await esbuild.build(options);
  } catch (error) {
    const lines = await esbuild.formatMessages(error.errors ?? [{ text: error.message }], { kind: 'error' });
    throw new Stop('The wrapper in js/ does not bundle.', lines.join('\n').trim());
  }
}

/** Declarations of all of js/, less those that no entry's own leads to. */
async function declare(folder) {
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  await runNode(tsc, ['-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: root,
    failure: 'The wrapper in js/ has type errors.',
  });
  const wanted = new Set();
  for (const entry of publicTypes()) follow(join(folder, entry), wanted);
  for (const file of listFiles(folder)) if (file.endsWith('.d.ts') && !wanted.has(file)) rmSync(file);
}

/** The declarations of what package.json's `exports` names, inside dist/. */
function publicTypes() {
  const { exports } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const files = Object.values(exports).map((target) => target.types ?? target);
  return files.filter((file) => /^\.\/dist\/.*\.(js|ts)$/.test(file)).map(declarationOf);
}

/** './dist/worker.js' → 'worker.d.ts' */
function declarationOf(file) {
  return file.replace('./dist/', '').replace(/(\.d\.ts|\.js)$/, '.d.ts');
}

function follow(file, seen) {
  if (seen.has(file)) return;
  seen.add(file);
  for (const [, target] of readFileSync(file, 'utf8').matchAll(
    /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g,
  )) {
    follow(resolve(dirname(file), `${target}.d.ts`), seen);
  }
}
