// Both kernels of int8 models give the same bits, for MiniLM and for models of every kind and shape.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from './support/paths';
import { expect, test } from './support/test';
import { goldens } from './support/vectors';

const { texts } = goldens();
const KERNELS = ['simd128', 'relaxed'] as const;

test('MiniLM: alone, in batches and in workers', async ({ blank }) => {
  test.slow();
  const found = await blank.evaluate(
    async ({ texts, kernels }) => {
      const { WasmModel, WorkerModel } = await import('edgebert');
      const bits = (vectors: Float32Array) => Array.from(new Uint32Array(vectors.buffer));
      const source = '/models/all-MiniLM-L6-v2/model-int8.safetensors';
      const found = [];
      for (const kernel of kernels) {
        const options = { kernel, cache: 'none' } as const;
        const model = await WasmModel.from_pretrained(source, options);
        const pool = await WorkerModel.from_pretrained(source, { ...options, workers: 2 });
        found.push({
          kernels: [model.info.kernel, pool.info.kernel],
          alone: texts.flatMap((text) => bits(model.encode([text]))),
          batch: bits(model.encode(texts)),
          workers: bits(await pool.encode(texts)),
        });
        pool.terminate();
        model.free();
      }
      return found;
    },
    { texts: [...texts], kernels: KERNELS },
  );
  const expected = found[0]!.batch;
  for (const [i, { kernels, ...ways }] of found.entries()) {
    expect(kernels).toEqual([KERNELS[i], KERNELS[i]]);
    for (const [way, bits] of Object.entries(ways)) {
      expect(bits.length, way).toBe(384 * texts.length);
      expect(
        bits.every((value, at) => value === expected[at]),
        `${KERNELS[i]}, ${way}`,
      ).toBe(true);
    }
  }
});

test('models of every kind and shape', async ({ blank }) => {
  test.slow();
  const names = readdirSync(join(fixtures, 'models'));
  expect(names.length).toBeGreaterThan(20);
  const found = await blank.evaluate(
    async ({ names, kernels }) => {
      const { WasmModel, CrossEncoder } = await import('edgebert');
      const documents = ['a cat', 'the dog sat on the mat', '', 'x'];
      const run = async (name: string, kernel: 'simd128' | 'relaxed') => {
        const options = { kernel, cache: 'none' } as const;
        const folder = `/fixtures/models/${name}/`;
        if (name.startsWith('cross-')) {
          const model = await CrossEncoder.from_pretrained(folder, options);
          const scores = JSON.stringify(model.score('a dog', documents));
          const output = [model.info.kernel, scores];
          model.free();
          return output;
        }
        const model = await WasmModel.from_pretrained(folder, options);
        const output = [
          model.info.kernel,
          Array.from(new Uint32Array(model.encode(documents).buffer)).join(),
        ];
        model.free();
        return output;
      };
      const found = [];
      for (const name of names) {
        found.push([name, await Promise.all(kernels.map((kernel) => run(name, kernel)))] as const);
      }
      return found;
    },
    { names, kernels: KERNELS },
  );
  for (const [name, [simd128, relaxed]] of found) {
    expect([simd128![0], relaxed![0]], name).toEqual(KERNELS);
    expect(relaxed![1], name).toBe(simd128![1]);
  }
});

test('a browser without relaxed SIMD', async ({ blank }) => {
  const found = await blank.evaluate(async () => {
    const { validate } = WebAssembly;
    // Of what is validated, the kernel alone is as long.
    WebAssembly.validate = (bytes) => bytes.byteLength < 512 && validate(bytes);
    const { WasmModel } = await import('edgebert');
    const load = (kernel?: 'relaxed') =>
      WasmModel.from_pretrained('/fixtures/models/cased/', { cache: 'none', ...(kernel && { kernel }) });
    const refused = await load('relaxed').catch(({ code, message }) => ({ code, message }));
    const model = await load();
    return { kernel: model.info.kernel, refused };
  });
  expect(found.kernel).toBe('simd128');
  expect(found.refused).toMatchObject({ code: 'unsupported' });
});
