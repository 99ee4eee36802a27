// What a visitor downloads and what npm carries stay small: the engine, the package, single imports and
// the model.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';
import { IMPORTS, IN_ONE_FILE, initial, within } from './import-budgets.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const KB = 1000;
const MB = 1000 * KB;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = (file) => readFileSync(join(root, 'dist', file));
let packed;

before(() => {
  // Without its scripts: packing would build again what is being tested.
  const npm = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  [packed] = JSON.parse(
    execFileSync('npm', npm, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
});

// 115 KB compressed was the aim. The tokenizers of other languages and Unicode's normal forms are 29 KB, the
// decoder of compact files 7, MPNet, ModernBERT and static models 13, tries that are compiled for speed 3,
// what is known of a model before its weights 1; a seed for the hash of names and chunks by characters 0.4.
// They stay in one file: a model needs its tokenizer before its weights, so a second file would be one more
// request before every load that needs it, and the browsers' own `normalize` follows another version of
// Unicode.
test('the engine has at most 489 KB, 182 KB compressed', () => {
  const wasm = dist('edgebert_bg.wasm');
  within('the engine', wasm.length, 489 * KB);
  within('the engine, compressed', brotliCompressSync(wasm).length, 182 * KB);
});

test('the search kernels have at most 4,096 bytes, which every browser compiles synchronously', () => {
  within('the search kernels', statSync(join(root, 'pkg-search/search.wasm')).size, 4096);
});

// 550 and 400 KB were the aim. The engine is in it twice, as a file and for edgebert/inline (200 KB each by
// gzip); the single file for pages has 57 KB, the packer 69 and what it calibrates with 7, twice, the
// declarations 40, the source maps 27.
test('the tarball has at most 896 KB, 670 KB without what only edgebert/inline needs', () => {
  within('the tarball', packed.size, 896 * KB);
  const embedded = ['engine/embedded-engine.js', 'engine/embedded-worker.js'];
  const inline = embedded.reduce((sum, file) => sum + gzipSync(dist(file), { level: 9 }).length, 0);
  within('the tarball without the inline entry', packed.size - inline, 670 * KB);
});

test('the tarball has every file that package.json names, the licences, and nothing that does not belong there', () => {
  const files = packed.files.map(({ path }) => path);
  const addresses = (value) =>
    typeof value === 'string' ? [value] : Object.values(value).flatMap(addresses);
  const { exports, bin, main, types, unpkg, jsdelivr, sideEffects } = manifest;
  for (const file of addresses({ exports, bin, main, types, unpkg, jsdelivr, sideEffects })) {
    assert.ok(files.includes(file.replace(/^\.\//, '')), `package.json names ${file}`);
  }
  for (const file of [
    'LICENSE-MIT',
    'LICENSE-APACHE',
    'README.md',
    'CHANGELOG.md',
    'dist/THIRD-PARTY-NOTICES.txt',
  ]) {
    assert.ok(files.includes(file), file);
  }
  const strange = files.filter(
    (file) => !/^(dist\/|package\.json|README\.md|CHANGELOG\.md|LICENSE-)/.test(file),
  );
  assert.deepEqual(strange, []);
});

// BERT alone took 8 KB; MPNet's and ModernBERT's names, layouts and parts of shaders take 1.2 KB more.
test('the GPU script, which only its users load, has at most 9.5 KB compressed, and is in no other script', () => {
  within('webgpu.js', brotliCompressSync(dist('webgpu.js')).length, 9.5 * KB);
  for (const script of ['worker.js', 'edgebert.min.js']) {
    assert.doesNotMatch(dist(script).toString(), /createComputePipeline|workgroupBarrier/);
  }
});

test('the packed model has at most 23.5 MB', () => {
  within('the model', statSync(join(root, 'models/all-MiniLM-L6-v2/model-int8.safetensors')).size, 23.5 * MB);
});

const programWith = (names, from) => `import { ${names} } from '${from}';\nglobalThis.used = [${names}];`;

const byEsbuild = (contents) => ({
  stdin: { contents, resolveDir: root },
  bundle: true,
  minify: true,
  splitting: true,
  metafile: true,
  write: false,
  outdir: 'out',
  absWorkingDir: root,
  format: 'esm',
  external: ['node:*'],
  // Inside node_modules, it says nothing about this.
  logOverride: { 'ignored-bare-import': 'silent' },
});

/** Each gives the scripts that load before the program runs. */
const bundlers = {
  async esbuild(contents) {
    const { outputFiles, metafile } = await build(byEsbuild(contents));
    const at = (name) => metafile.outputs[name];
    const entry = Object.keys(metafile.outputs).find((name) => at(name).entryPoint === '<stdin>');
    const atOnce = (name) =>
      at(name).imports.flatMap(({ kind, path }) => (kind === 'import-statement' ? [path] : []));
    const files = initial(entry, atOnce).map((name) => join(root, name));
    return outputFiles.filter(({ path }) => files.includes(path)).map((file) => file.contents);
  },
  async rolldown(contents) {
    const bundle = await rolldown({
      input: 'program',
      cwd: root,
      platform: 'browser',
      plugins: [
        {
          name: 'program',
          resolveId: (id) => (id === 'program' ? join(root, 'program.js') : null),
          load: (id) => (id === join(root, 'program.js') ? contents : null),
        },
      ],
    });
    const { output } = await bundle.generate({ format: 'es', minify: true });
    const at = (name) => output.find(({ fileName }) => fileName === name);
    return initial(output[0].fileName, (name) => at(name).imports).map((name) => at(name).code);
  },
};

for (const [name, bundle] of Object.entries(bundlers)) {
  for (const { names, from, limit, worker } of IMPORTS) {
    test(`import { ${names} } from '${from}', ${name}: at most ${limit / KB} KB compressed`, async () => {
      const scripts = await bundle(programWith(names, from));
      if (worker) scripts.push(dist('worker.js'));
      const bytes = scripts.reduce((sum, script) => sum + brotliCompressSync(script).length, 0);
      within('the bundle', bytes, limit);
    });
  }
}

test(`import { WasmModel }, esbuild without splitting: at most ${IN_ONE_FILE / KB} KB compressed`, async () => {
  const { outputFiles } = await build({
    ...byEsbuild(programWith('WasmModel', 'edgebert')),
    splitting: false,
  });
  within('the bundle', brotliCompressSync(outputFiles[0].contents).length, IN_ONE_FILE);
});
