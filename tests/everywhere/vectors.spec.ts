// What the model answers: the reference's vectors, and Chromium's to the last bit.
import { cosine, goldens, mean } from '../browser/support/vectors';
import { expect, inChromium, test } from './support';

const { texts, normalized } = goldens();
const DIMENSION = 384;

interface Work {
  readonly texts: readonly string[];
  readonly precision: 'int8' | 'f32';
}

/** To be run on a page: the bits of all vectors, from the page's own thread and from two workers. */
const bitsHere = async ({ texts, precision }: Work) => {
  const { WasmModel, WorkerModel } = await import('edgebert');
  const source =
    precision === 'f32'
      ? '/models/all-MiniLM-L6-v2/checkpoint'
      : '/models/all-MiniLM-L6-v2/model-int8.safetensors';
  const options = { precision, cache: 'none' } as const;
  const bits = (vectors: Float32Array) =>
    Array.from(new Uint32Array(vectors.buffer, vectors.byteOffset, vectors.length));
  const here = await WasmModel.from_pretrained(source, options);
  const page = bits(here.encode([...texts]));
  here.free();
  const threads = await WorkerModel.from_pretrained(source, { ...options, workers: 2 });
  const worker = bits(await threads.encode([...texts]));
  threads.terminate();
  return { page, worker };
};

function rowsOf(bits: readonly number[]): number[][] {
  const values = [...new Float32Array(Uint32Array.from(bits).buffer)];
  return Array.from({ length: values.length / DIMENSION }, (_, i) =>
    values.slice(i * DIMENSION, (i + 1) * DIMENSION),
  );
}

test('int8: close to the reference, and equal to Chromium bit for bit, on the page and in workers', async ({
  tab,
  server,
}) => {
  test.slow();
  const work: Work = { texts, precision: 'int8' };
  const found = await tab.evaluate(bitsHere, work);
  const cosines = rowsOf(found.page).map((row, i) => cosine(row, normalized[i]!));
  expect(mean(cosines)).toBeGreaterThan(0.9995);
  expect(Math.min(...cosines)).toBeGreaterThan(0.998);
  expect(found.worker).toEqual(found.page);
  expect(found).toEqual(await inChromium(server.origin, bitsHere, work));
});

test('float32: equal to the reference, and to Chromium bit for bit', async ({ tab, server }) => {
  test.slow();
  const work: Work = { texts: texts.slice(0, 6), precision: 'f32' };
  const found = await tab.evaluate(bitsHere, work);
  for (const [i, row] of rowsOf(found.page).entries()) {
    expect(cosine(row, normalized[i]!), JSON.stringify(texts[i])).toBeGreaterThan(0.99999);
  }
  expect(found.worker).toEqual(found.page);
  expect(found).toEqual(await inChromium(server.origin, bitsHere, work));
});

/** The bits of all vectors by each kernel that the browser has. */
const bitsOfKernels = async (texts: readonly string[]) => {
  const { WasmModel } = await import('edgebert');
  const found: Partial<Record<'simd128' | 'relaxed', number[]>> = {};
  for (const kernel of ['simd128', 'relaxed'] as const) {
    try {
      const options = { kernel, cache: 'none' } as const;
      const model = await WasmModel.from_pretrained(
        '/models/all-MiniLM-L6-v2/model-int8.safetensors',
        options,
      );
      const vectors = model.encode([...texts]);
      found[kernel] = Array.from(new Uint32Array(vectors.buffer, vectors.byteOffset, vectors.length));
      model.free();
    } catch (error) {
      if ((error as { code?: string }).code !== 'unsupported') throw error;
    }
  }
  return found;
};

test('int8: relaxed SIMD gives the bits of SIMD128, here and in Chromium', async ({ tab, server }) => {
  test.slow();
  const chromium = await inChromium(server.origin, bitsOfKernels, texts);
  expect(chromium.relaxed).toBeDefined();
  expect(chromium.relaxed).toEqual(chromium.simd128);
  const found = await tab.evaluate(bitsOfKernels, texts);
  expect(found.simd128).toEqual(chromium.simd128);
  // WebKit may come without it.
  if (test.info().project.name === 'firefox') expect(found.relaxed).toBeDefined();
  if (found.relaxed) expect(found.relaxed).toEqual(chromium.simd128);
});
