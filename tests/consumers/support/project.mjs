// Projects as people have them: folders outside the repository, with the packed package installed.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { INSTALL_FLAGS } from '../../../scripts/toolchain/npm.mjs';
import { modelFile, texts } from './golden.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const consumers = fileURLToPath(new URL('..', import.meta.url));
const npmOptions = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
const folders = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
let packed;

/** npm pack's tarball. Without its scripts: packing would build again what is being tested. */
export function tarball() {
  if (packed) return packed;
  const folder = temporaryFolder();
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { ...npmOptions, cwd: root }));
  packed = join(folder, filename);
  return packed;
}

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'edgebert-consumer-'));
  folders.push(folder);
  return folder;
}

/**
 * A new project with the package installed and the program in it; gone after the tests. `from` is a
 * folder beside the tests to copy: with a package-lock.json, what it names is installed too.
 */
export function project({ script, text, ...options } = {}) {
  const folder = installedProject(options);
  writeFileSync(join(folder, 'program.js'), text ?? program("{ baseUrl: '/models' }"));
  writeFileSync(join(folder, 'index.html'), page(script ?? './program.js'));
  return folder;
}

/** One of examples/, with the package installed and the packed model where the example expects it. */
export function example(name, models) {
  const folder = installedProject({ from: join('../../examples', name) });
  const model = join(folder, models, 'all-MiniLM-L6-v2/model-int8.safetensors');
  mkdirSync(dirname(model), { recursive: true });
  cpSync(modelFile, model);
  return folder;
}

function installedProject({ from }) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  if (from) {
    // Without what a person who tried the example may have left in it.
    const filter = (path) => !/(^|\/)(node_modules|\.next)$/.test(path);
    cpSync(join(consumers, from), folder, { recursive: true, filter });
  }
  if (existsSync(join(folder, 'package-lock.json'))) {
    // Not `npm ci`: it refuses where a registry has no binaries for the other platforms.
    execFileSync('npm', ['install', '--no-save', ...INSTALL_FLAGS], { ...npmOptions, cwd: folder });
  }
  mkdirSync(installed(folder), { recursive: true });
  execFileSync('tar', ['-xzf', tarball(), '-C', installed(folder), '--strip-components=1']);
  return folder;
}

/** Where the package is in a project. */
export const installed = (folder) => join(folder, 'node_modules', 'edgebert');

/** A program as a person would write it; it leaves the vectors of both models where a test finds them. */
export const program = (options, entry = 'edgebert', forWorkers = '{}') => `
import { WasmModel, WorkerModel, MiniLML6V2 } from '${entry}';
const texts = ${JSON.stringify(texts)};
const options = ${options};
const here = await WasmModel.from_type(MiniLML6V2, options);
const worker = await WorkerModel.from_type(MiniLML6V2, { ...options, ...${forWorkers} });
globalThis.result = [[...here.encode(texts)], [...(await worker.encode(texts))]];
here.free();
worker.terminate();
`;

/** The same where no `await` can stand outside of functions; `last` comes after it. */
export function withoutTopLevelAwait(text, last) {
  const [imports, ...rest] = text.trim().split('\n');
  return `${imports}\n(async () => {\n${rest.join('\n')}\n${last}\n})();\n`;
}

export const page = (script) =>
  `<!doctype html><html lang="en"><title>consumer</title><script type="module" src="${script}"></script></html>`;

/**
 * A module of the tools that tests/consumers/package.json names, where scripts/lib/consumers.mjs puts them.
 */
export const tool = (path) => join(root, '.tools/consumers/node_modules', path);
export const importTool = (path) => import(pathToFileURL(tool(path)).href);
