// The wrapper: js/ and the engine → dist/, which is what gets published.
import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fillFolderAtOnce, listFiles } from './files.mjs';
import { dist, inRoot, root } from './paths.mjs';
import { runNode } from './run.mjs';
import { Stop, seconds, step } from './say.mjs';
import { makeOnce } from './stamp.mjs';
import { wasmFile } from './wasm.mjs';

/** Read when it is needed: this file is loaded before the npm packages are there. */
const settings = () => ({
  entryPoints: { index: 'js/index.ts', worker: 'js/worker.ts' },
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  // Names stay whole: they are what a stack trace and the console show. The user's bundler shortens them.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'inline',
  // idb goes into the bundle, and its licence asks for its notice to go along.
  banner: {
    js: `/*! Includes idb.\n${readFileSync(inRoot('node_modules', 'idb', 'LICENSE'), 'utf8').trim()}\n*/`,
  },
  logLevel: 'silent',
});

export async function buildDist() {
  const started = performance.now();
  const inputs = ['js', 'pkg', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((path) =>
    inRoot(path),
  );
  const made = await makeOnce({ name: 'dist', inputs, settings: settings(), output: dist }, () =>
    fillFolderAtOnce(dist, fill),
  );
  const bytes = listFiles(dist).reduce((sum, file) => sum + statSync(file).size, 0);
  step('build', `dist/: ${(bytes / 1000).toFixed(1)} KB${made ? `, in ${seconds(started)}` : ', as before'}`);
}

async function fill(folder) {
  await bundle(folder);
  copyFileSync(wasmFile, join(folder, 'edgebert_bg.wasm'));
  await declare(folder);
}

async function bundle(outdir) {
  const { build, formatMessages } = await import('esbuild');
  try {
    await build({ ...settings(), absWorkingDir: root, outdir });
  } catch (error) {
    const lines = await formatMessages(error.errors ?? [{ text: error.message }], { kind: 'error' });
    throw new Stop('The wrapper in js/ does not bundle.', lines.join('\n').trim());
  }
}

/** Declarations of all of js/, less those that index.d.ts doesn't lead to. */
async function declare(folder) {
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  await runNode(tsc, ['-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: root,
    failure: 'The wrapper in js/ has type errors.',
  });
  const wanted = new Set();
  follow(join(folder, 'index.d.ts'), wanted);
  for (const file of listFiles(folder)) if (file.endsWith('.d.ts') && !wanted.has(file)) rmSync(file);
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
