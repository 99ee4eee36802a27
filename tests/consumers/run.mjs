// The packed package in real projects. Each has to give the reference's vectors, on the page's thread and from a worker.
import { chromium } from '@playwright/test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, createReadStream, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const projects = join(root, 'test-results/consumers');
const installed = join(projects, 'node_modules/edgebert');
const model = join(root, 'models/all-MiniLM-L6-v2/model-int8.safetensors');

const DIMENSION = 384;
const TEXTS = 5;
/** int8 against float32: the lowest that one of these texts may come to. */
const COSINE = 0.999;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

const fixtures = join(root, 'tests/fixtures/minilm');
const texts = JSON.parse(readFileSync(join(fixtures, 'texts.json'), 'utf8')).texts.slice(0, TEXTS).map(({ text }) => text);
const bytes = readFileSync(join(fixtures, 'normalized.f32'));
const golden = Array.from({ length: TEXTS * DIMENSION }, (_, i) => bytes.readFloatLE(4 * i));

/** A program as a person would write it; it leaves both results where a test finds them. */
const program = (options) => `
import { WasmModel, WorkerModel, MiniLML6V2 } from 'edgebert';
const texts = ${JSON.stringify(texts)};
const options = ${options};
const here = await WasmModel.from_type(MiniLML6V2, options);
const worker = await WorkerModel.from_type(MiniLML6V2, options);
globalThis.result = [[...here.encode(texts)], [...(await worker.encode(texts))]];
here.free();
worker.terminate();
`;
const html = (script) => `<!doctype html><html lang="en"><title>consumer</title><script type="module" src="${script}"></script></html>`;

let browser;
before(async () => {
  rmSync(projects, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, file), join(projects, file));
  const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  npm(['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], projects);
  // Without its scripts: packing would build again what is being tested.
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', projects], root));
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(projects, filename), '-C', installed, '--strip-components=1']);
  const system = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  const executablePath = process.env.CHROME_PATH ?? system;
  browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-quic'],
  });
});
after(() => browser?.close());

/** A new project's folder, with the program and a page in it. */
function project(name, script = './program.js') {
  const folder = join(projects, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'program.js'), program("{ baseUrl: '/models' }"));
  writeFileSync(join(folder, 'index.html'), html(script));
  return folder;
}

function right(vectors) {
  assert.equal(vectors.length, golden.length);
  for (let row = 0; row < TEXTS; row++) {
    const cut = (all) => all.slice(row * DIMENSION, (row + 1) * DIMENSION);
    const [found, expected] = [cut(vectors), cut(golden)];
    const cosine = found.reduce((sum, value, i) => sum + value * expected[i], 0);
    assert.ok(cosine >= COSINE && cosine < 1.001, `cosine ${cosine} for "${texts[row]}"`);
  }
}

function answer(folder, headers, request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const file = path.startsWith('/models/') ? model : join(folder, path === '/' ? 'index.html' : path);
  if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers });
  createReadStream(file).pipe(response);
}

async function serve(folder, headers = {}) {
  const server = createServer((request, response) => answer(folder, headers, request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Opens the page of a project, and checks what its program computes. */
async function opens(address) {
  const page = await browser.newPage();
  try {
    const failed = page.waitForEvent('pageerror', { timeout: 0 }).then((error) => Promise.reject(error));
    await page.goto(address);
    await Promise.race([failed, page.waitForFunction(() => globalThis.result !== undefined, undefined, { timeout: 60_000 })]);
    failed.catch(() => {});
    const [onPage, inWorker] = await page.evaluate(() => globalThis.result);
    right(onPage);
    assert.deepEqual(inWorker, onPage);
  } finally {
    await page.close();
  }
}

async function works(folder, headers) {
  const server = await serve(folder, headers);
  try {
    await opens(`http://localhost:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Where a bundler leaves addresses alone, the two files go beside its output. */
function copyAssets(folder) {
  for (const file of ['worker.js', 'edgebert_bg.wasm']) cpSync(join(installed, 'dist', file), join(folder, file));
}

test('Vite, build', async () => {
  const { build } = await import('vite');
  const folder = project('vite-build');
  await build({ root: folder, logLevel: 'error' });
  await works(join(folder, 'dist'));
});

test('Vite, dev server', async () => {
  const { createServer: createVite } = await import('vite');
  const folder = project('vite-dev');
  const models = {
    name: 'models',
    configureServer: (vite) => {
      vite.middlewares.use('/models', (_, response) => void createReadStream(model).pipe(response));
    },
  };
  const vite = await createVite({ root: folder, logLevel: 'error', plugins: [models], server: { port: 0, host: 'localhost' } });
  try {
    await vite.listen();
    await opens(vite.resolvedUrls.local[0]);
  } finally {
    await vite.close();
  }
});

test('webpack 5', async () => {
  const { default: webpack } = await import(pathToFileURL(join(projects, 'node_modules/webpack/lib/index.js')).href);
  const folder = project('webpack', './dist/main.js');
  const settings = { mode: 'production', context: folder, entry: './program.js', output: { path: join(folder, 'dist') }, performance: { hints: false } };
  const stats = await new Promise((resolve, reject) => {
    webpack(settings, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, []);
  await works(folder);
});

test('esbuild, with the two files copied beside its output', async () => {
  const { build } = await import('esbuild');
  const folder = project('esbuild', './dist/program.js');
  await build({ entryPoints: [join(folder, 'program.js')], bundle: true, format: 'esm', target: 'es2022', outdir: join(folder, 'dist'), logLevel: 'error' });
  copyAssets(join(folder, 'dist'));
  await works(folder);
});

test('Rollup, with the two files copied beside its output', async () => {
  const { rollup } = await import(pathToFileURL(join(projects, 'node_modules/rollup/dist/es/rollup.js')).href);
  const folder = project('rollup', './dist/program.js');
  const plugin = { name: 'edgebert', resolveId: (id) => (id === 'edgebert' ? join(installed, 'dist/index.js') : null) };
  const bundle = await rollup({ input: join(folder, 'program.js'), plugins: [plugin] });
  await bundle.write({ dir: join(folder, 'dist'), format: 'es' });
  await bundle.close();
  copyAssets(join(folder, 'dist'));
  await works(folder);
});

for (const [name, headers] of [['a bare page', {}], ['a page with a strict Content-Security-Policy', { 'content-security-policy': CSP }]]) {
  test(`${name}, no bundler`, async () => {
    const folder = project(name.replaceAll(' ', '-'));
    cpSync(join(installed, 'dist'), join(folder, 'edgebert'), { recursive: true });
    writeFileSync(join(folder, 'program.js'), program("{ baseUrl: '/models' }").replace("'edgebert'", "'./edgebert/index.js'"));
    await works(folder, headers);
  });
}

test('Node, as an ES module', () => {
  const file = join(projects, 'node.mjs');
  const options = JSON.stringify({ url: String(pathToFileURL(model)), cache: 'none' });
  writeFileSync(file, `${program(options)}console.log(JSON.stringify(globalThis.result));`);
  const [onThread, inWorker] = JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8', maxBuffer: 1 << 24 }));
  right(onThread);
  assert.deepEqual(inWorker, onThread);
});
