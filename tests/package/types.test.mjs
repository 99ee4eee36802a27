// The package as it is packed, in a strict TypeScript project that has nothing else installed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
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
function compile(program, moduleResolution, platform = { lib: ['es2022', 'dom'], types: [] }) {
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2022',
    ...platform,
    module,
    moduleResolution,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  writeFileSync(join(project, 'program.ts'), program);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' }).stdout;
}

const right = `
  import init, { WasmModel, WorkerModel, CrossEncoder, WorkerCrossEncoder, WasmModelType, MiniLML6V2, EdgeBertError, cache } from 'edgebert';
  import type { KnownModel, LoadProgress, ModelInfo, RankedDocument } from 'edgebert';
  await init();
  const model: WasmModel = await WasmModel.from_type(WasmModelType.MiniLML6V2);
  const flat: Float32Array = model.encode(['Hello world'], true);
  const ids: Uint32Array = model.tokenize('Hello world');
  const info: ModelInfo = model.info;
  const onProgress = ({ loaded, total }: LoadProgress) => console.log(loaded / total, info.dimension, ids.length, flat.length);
  const worker = await WorkerModel.from_type(MiniLML6V2, { workers: 2, onProgress, signal: AbortSignal.timeout(1000) });
  const later: Promise<Float32Array> = worker.encode(['Hello world']);
  const queries: Float32Array = model.encodeQuery(['how?'], { dimension: 128 });
  const documents: Promise<Float32Array> = worker.encodeDocuments(['so'], { priority: 'bulk', normalize: false });
  model.encode(['a'], true, { prompt: 'query', dimension: 64 });
  model.encode(['a'], true, { prompt: 'a name of its own' });
  for await (const vector of worker.encodeStream(['a'], { prompt: 'document' })) console.log(vector.length, queries, documents);
  const known: KnownModel = WasmModelType.MsMarcoMiniLML6V2;
  const reranker: CrossEncoder = await CrossEncoder.from_type(known);
  const scores: Float32Array = reranker.score('how?', ['so', 'thus']);
  const best: RankedDocument[] = reranker.rank('how?', ['so', 'thus'], { topK: 1 });
  const rerankers = await WorkerCrossEncoder.from_pretrained('someone/reranker', { prompts: {}, workers: 'auto' });
  const ranked: Promise<RankedDocument[]> = rerankers.rank('how?', ['so'], { label: 0, signal: AbortSignal.timeout(1000) });
  console.log(scores.length, best[0]?.index, reranker.labels, reranker.info.name?.length, (await ranked)[0]?.score);
  reranker.free();
  rerankers.terminate();
  worker.terminate();
  model.free();
  new WasmModel(new Uint8Array(), '{}', '{}');
  later.catch((error) => error instanceof EdgeBertError && error.code === 'network');
  await cache.clear();`;

for (const moduleResolution of ['bundler', 'node16', 'nodenext']) {
  test(`a right program compiles: ${moduleResolution}`, () => {
    assert.equal(compile(right, moduleResolution), '');
  });
}

for (const [what, platform] of [
  ['a worker', { lib: ['es2022', 'webworker'], types: [] }],
  [
    'Node without the page’s types',
    { lib: ['es2022'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  ],
]) {
  test(`a right program compiles: ${what}`, () => {
    assert.equal(compile(right, 'nodenext', platform), '');
  });
}

test('every entry has its types', () => {
  const program = `
    import { EdgeBertEmbeddings } from 'edgebert/langchain';
    import { pipeline } from 'edgebert/transformers';
    import inlineInit, { WasmModel as InlineModel } from 'edgebert/inline';
    import init, { WasmModel } from 'edgebert';
    const same: typeof init = inlineInit;
    const model: Promise<WasmModel> = InlineModel.from_type(await import('edgebert').then(({ MiniLML6V2 }) => MiniLML6V2));
    new EdgeBertEmbeddings({ model });
    const extract = await pipeline('feature-extraction');
    await extract('Hello world', { pooling: 'mean', normalize: true });`;
  assert.equal(compile(program, 'bundler'), '');
});

for (const [what, program] of [
  ['a text that is not in an array', `model.encode('Hello world');`],
  ['a precision that there is not', `WasmModel.from_type(MiniLML6V2, { precision: 'int4' });`],
  ['a code that there is not', `new EdgeBertError('oops', '').code;`],
  ['a dimension that is no number', `model.encode(['a'], true, { dimension: 'half' });`],
]) {
  test(`a wrong program does not compile: ${what}`, () => {
    const imports = `import { WasmModel, MiniLML6V2, EdgeBertError } from 'edgebert'; declare const model: WasmModel;\n`;
    assert.match(compile(imports + program, 'bundler'), /error TS2345|error TS2322|error TS2769/);
  });
}
