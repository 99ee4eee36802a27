// The wrapper: js/ and the engine → dist/, which is what gets published.
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillFolderAtOnce, listFiles } from './files.mjs';
import { dist, inRoot, root } from './paths.mjs';
import { runNode } from './run.mjs';
import { Stop, seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';
import { searchFile, wasmFile } from './wasm.mjs';

/** idb goes into the bundle, and its licence asks for its notice to go along. */
function notice() {
  return {
    js: `/*! Includes idb.\n${readFileSync(inRoot('node_modules', 'idb', 'LICENSE'), 'utf8').trim()}\n*/`,
  };
}

const settings = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  // Whole names in stack traces would take a tenth of the 400 KB that the package may have.
  minify: true,
  legalComments: 'inline',
  external: ['node:*', './*_bg.wasm'],
  // Small enough to come along with the script.
  alias: { 'search-kernels': searchFile },
  loader: { '.wasm': 'binary' },
  logLevel: 'silent',
};

/** ./index.js stays beside the script that imports it. */
const sharedWrapper = {
  name: 'shared-wrapper',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\/index\.js$/ }, () => ({ path: './index.js', external: true })),
};

/** The engine and the worker go into the script; see js/engine/assets-inline.ts. */
const inlineAssets = {
  name: 'inline-assets',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /(^|\/)assets\.js$/ }, () => ({ path: inRoot('js', 'engine', 'assets-inline.ts') }));
    onResolve({ filter: /^(engine-bytes|worker-script)$/ }, ({ path }) => ({ path, namespace: 'inline' }));
    onLoad({ filter: /^engine-bytes$/, namespace: 'inline' }, () => ({
      contents: readFileSync(wasmFile),
      loader: 'binary',
    }));
    onLoad({ filter: /^worker-script$/, namespace: 'inline' }, async () => ({
      contents: (await bundle('worker', { write: false })).outputFiles[0].text,
      loader: 'text',
    }));
  },
};

/**
 * The scripts of the package: dist/<name>.js from js/<name>.ts, with what esbuild is to do otherwise
 * than for the others. What they import from ./index.js stays an import, so that all of them share
 * one wrapper; only `inline` has everything in itself.
 */
const entries = {
  index: { banner: notice },
  worker: {},
  workerd: {},
  langchain: {},
  transformers: {},
  cli: {},
  inline: { banner: notice, plugins: [inlineAssets] },
};

export async function buildDist() {
  const started = performance.now();
  const sources = ['js', 'pkg', 'pkg-search', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  const inputs = [...sources.map((path) => inRoot(path)), fileURLToPath(import.meta.url)];
  const made = await makeOnce({ name: 'dist', inputs, settings: [], output: dist }, () =>
    fillFolderAtOnce(dist, fill),
  );
  const bytes = listFiles(dist).reduce((sum, file) => sum + statSync(file).size, 0);
  step('build', `dist/: ${(bytes / 1000).toFixed(1)} KB${made ? `, in ${seconds(started)}` : ', as before'}`);
}

async function fill(folder) {
  for (const name of Object.keys(entries)) await bundle(name, { outdir: folder });
  copyFileSync(wasmFile, join(folder, 'edgebert_bg.wasm'));
  // The scripts have it in themselves, but for workerd, which takes no module as bytes.
  copyFileSync(searchFile, join(folder, 'search_bg.wasm'));
  await declare(folder);
}

/** One of the entries; `output` says where it goes. */
async function bundle(name, output) {
  const { build, formatMessages } = await import('esbuild');
  const { banner, plugins = [sharedWrapper], ...own } = entries[name];
  const entryPoints = { [name]: `js/${name}.ts` };
  try {
    return await build({
      ...settings,
      ...own,
      banner: banner?.(),
      plugins,
      entryPoints,
      absWorkingDir: root,
      ...output,
    });
  } catch (error) {
    const lines = await formatMessages(error.errors ?? [{ text: error.message }], { kind: 'error' });
    throw new Stop(`The wrapper in js/ does not bundle: ${name}.`, lines.join('\n').trim());
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
  for (const name of Object.keys(entries)) follow(join(folder, `${name}.d.ts`), wanted);
  for (const file of listFiles(folder)) {
    if (!file.endsWith('.d.ts')) continue;
    if (wanted.has(file)) shorten(file);
    else rmSync(file);
  }
}

/**
 * What an editor shows of a name is the first sentence of its comment, the whole of which is in js/,
 * and levels are tabs: together 17 KB less of the 400.
 */
function shorten(file) {
  const text = readFileSync(file, 'utf8')
    .replace(/\/\*\*([\s\S]*?)\*\//g, (_, comment) => `/** ${firstSentence(comment)} */`)
    .replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4));
  writeFileSync(file, text);
}

function firstSentence(comment) {
  const text = comment.replace(/^[ \t]*\* ?/gm, '').trim();
  const [paragraph] = text.split(/\n\s*\n|\n@|\n- /);
  return paragraph.replace(/\s+/g, ' ').split(/(?<=\.) (?=[A-Z`])/)[0];
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
