// Both instruction sets of the int8 maps: the same bits for every kind of model, and a choice between
// them that holds.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { tileFile, tileScript } from '../../scripts/relaxed-tile.mjs';
import { dist, packedFile } from './support/source.mjs';

const models = join(import.meta.dirname, '../fixtures/models');
const goldens = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/minilm/texts.json'), 'utf8'));
const texts = goldens.texts.map(({ text }) => text);

/** Node 20 has relaxed SIMD behind a flag only, with other sums than the specification's. */
const skip = Number(process.versions.node.split('.')[0]) < 22 && 'this Node has no relaxed SIMD';
/** A browser without relaxed SIMD: its modules, which alone are as long, are not valid. */
const WITHOUT = `const { validate } = WebAssembly;
  WebAssembly.validate = (bytes) => bytes.length < 512 && validate(bytes);`;

/** Runs a script in another Node and reads what it prints. */
function elsewhere(script, flags = []) {
  const before = `import { readFileSync } from 'node:fs';
    import { WasmModel, WorkerModel, CrossEncoder } from ${JSON.stringify(String(pathToFileURL(join(dist, 'index.js'))))};
    const bits = (vectors) => Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength).toString('base64');
    const weights = () => readFileSync(${JSON.stringify(packedFile)});
    const texts = ${JSON.stringify(texts)};
    const print = (value) => console.log(JSON.stringify(value));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, '--input-type=module', '-e', before + script],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('js/engine/relaxed-tile.ts is relaxed.wat, assembled', async () => {
  assert.equal(readFileSync(tileFile, 'utf8'), await tileScript());
});

/** Without the instruction for it V8 takes longest over dots of four, and dots of two are chosen. */
const LOOPS = { 'as the processor has it': [], 'without AVX-VNNI': ['--no-enable-avx-vnni'] };

for (const [instructions, flags] of Object.entries(LOOPS)) {
  test(
    `MiniLM, ${instructions}: the same vectors, bit for bit, with both kernels, alone and in batches, here and in workers`,
    {
      skip,
    },
    () => {
      const found = elsewhere(
        `
    const found = {};
    for (const kernel of ['simd128', 'relaxed']) {
      const model = await WasmModel.from_pretrained({ weights: weights() }, { kernel });
      const pool = await WorkerModel.from_pretrained({ weights: weights() }, { kernel, workers: 2 });
      found[kernel] = {
        kernels: [model.info.kernel, pool.info.kernel],
        batch: bits(model.encode(texts)),
        alone: texts.map((text) => bits(model.encode([text]))),
        workers: bits(await pool.encode(texts)),
      };
      pool.terminate();
      model.free();
    }
    print(found);`,
        flags,
      );
      for (const kernel of ['simd128', 'relaxed']) {
        assert.deepEqual(found[kernel].kernels, [kernel, kernel]);
        for (const way of ['batch', 'alone', 'workers']) {
          assert.deepEqual(found[kernel][way], found.simd128[way], `${kernel}, ${way}`);
        }
        assert.equal(found[kernel].workers, found[kernel].batch);
      }
    },
  );
}

test('models of every shape: the same outputs with both kernels', { skip }, () => {
  const folders = readdirSync(models).filter((name) => existsSync(join(models, name, 'expected.json')));
  const found = elsewhere(`
    const found = [];
    for (const name of ${JSON.stringify(folders)}) {
      const folder = new URL(name + '/', ${JSON.stringify(String(pathToFileURL(models)))} + '/');
      const reranks = name.startsWith('cross-');
      const outputs = [];
      for (const kernel of ['simd128', 'relaxed']) {
        const model = await (reranks ? CrossEncoder : WasmModel).from_pretrained(folder, { kernel, cache: 'none' });
        const short = ['a cat', 'the dog sat on the mat', '', 'x'];
        outputs.push([model.info.kernel, reranks
          ? JSON.stringify(model.score('a cat', short))
          : bits(model.encode(short))]);
        model.free();
      }
      found.push([name, outputs]);
    }
    print(found);`);
  assert.ok(found.length > 20);
  for (const [name, [simd128, relaxed]] of found) {
    assert.deepEqual([simd128[0], relaxed[0]], ['simd128', 'relaxed'], name);
    assert.equal(relaxed[1], simd128[1], name);
  }
});

test('two models that load at the same time keep their kernels', { skip }, () => {
  const found = elsewhere(`
    const models = await Promise.all(['relaxed', 'simd128', 'auto'].map((kernel) =>
      WasmModel.from_pretrained({ weights: weights() }, { kernel })));
    print(models.map((model) => [model.info.kernel, bits(model.encode(['a cat']))]));`);
  const [relaxed, simd128, auto] = found;
  assert.deepEqual([relaxed[0], simd128[0]], ['relaxed', 'simd128']);
  assert.match(auto[0], /^(relaxed|simd128)$/);
  assert.deepEqual([relaxed[1], auto[1]], [simd128[1], simd128[1]]);
});

test('without relaxed SIMD, auto takes simd128 and relaxed is refused', () => {
  const found = elsewhere(`
    ${WITHOUT}
    const model = await WasmModel.from_pretrained({ weights: weights() });
    const refused = await WasmModel.from_pretrained({ weights: weights() }, { kernel: 'relaxed' }).catch(
      ({ code, message }) => ({ code, message }));
    print({ kernel: model.info.kernel, refused });`);
  assert.equal(found.kernel, 'simd128');
  assert.equal(found.refused.code, 'unsupported');
  assert.match(found.refused.message, /use 'auto' or 'simd128'/);
});

test('float32 has no kernel to choose, and a kernel that does not exist is refused', () => {
  const found = elsewhere(`
    const folder = new URL('mean-gelu-new/', ${JSON.stringify(String(pathToFileURL(models)))} + '/');
    const model = await WasmModel.from_pretrained(folder, { precision: 'f32', kernel: 'relaxed', cache: 'none' });
    const refused = await WasmModel.from_pretrained(folder, { kernel: 'avx' }).catch(({ name, message }) => ({ name, message }));
    print({ kernel: model.info.kernel, refused });`);
  assert.equal(found.kernel, 'simd128');
  assert.equal(found.refused.name, 'TypeError');
  assert.match(found.refused.message, /`kernel`/);
});
