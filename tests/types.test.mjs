// The package as it is packed, in a strict TypeScript project that has nothing else installed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
let project;

before(() => {
  project = mkdtempSync(join(tmpdir(), 'edgebert-types-'));
  // Without its scripts: packing would build again what is being tested.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
  const [{ filename }] = JSON.parse(
    execFileSync('npm', pack, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const installed = join(project, 'node_modules', 'edgebert');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});

after(() => rmSync(project, { recursive: true }));

/** What the compiler says of a program that uses the package. */
function compile(program, moduleResolution) {
  const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    module,
    moduleResolution,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  writeFileSync(join(project, 'program.ts'), program);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' }).stdout;
}

const right = `
  import init, { WasmModel, WorkerModel, WasmModelType, MiniLML6V2, EdgeBertError, cache } from 'edgebert';
  import type { LoadProgress, ModelInfo } from 'edgebert';
  await init();
  const model: WasmModel = await WasmModel.from_type(WasmModelType.MiniLML6V2);
  const flat: Float32Array = model.encode(['Hello world'], true);
  const ids: Uint32Array = model.tokenize('Hello world');
  const info: ModelInfo = model.info;
  const onProgress = ({ loaded, total }: LoadProgress) => console.log(loaded / total, info.dimension, ids.length, flat.length);
  const worker = await WorkerModel.from_type(MiniLML6V2, { workers: 2, onProgress, signal: AbortSignal.timeout(1000) });
  const later: Promise<Float32Array> = worker.encode(['Hello world']);
  worker.terminate();
  model.free();
  new WasmModel(new Uint8Array(), '{}', '{}');
  later.catch((error) => error instanceof EdgeBertError && error.code === 'network');
  await cache.clear();`;

for (const moduleResolution of ['bundler', 'nodenext']) {
  test(`a right program compiles: ${moduleResolution}`, () => {
    assert.equal(compile(right, moduleResolution), '');
  });
}

for (const [what, program] of [
  ['a text that is not in an array', `model.encode('Hello world');`],
  ['a precision that there is not', `WasmModel.from_type(MiniLML6V2, { precision: 'int4' });`],
  ['a code that there is not', `new EdgeBertError('oops', '').code;`],
]) {
  test(`a wrong program does not compile: ${what}`, () => {
    const imports = `import { WasmModel, MiniLML6V2, EdgeBertError } from 'edgebert'; declare const model: WasmModel;\n`;
    assert.match(compile(imports + program, 'bundler'), /error TS2345|error TS2322|error TS2769/);
  });
}
