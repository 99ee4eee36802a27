// A model whose weights are in several files: shards, and a Dense module with its own.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from '../support/paths';
import { cosine } from '../support/vectors';
import { expect, test } from './support';

const folder = join(fixtures, 'models', 'shards');
const { cases } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  cases: { text: string; vector: number[] }[];
};
const texts = cases.map(({ text }) => text);
const shards = readdirSync(folder).filter((name) => /^model-\d/.test(name));

function expectVectors(flat: number[]): void {
  const width = cases[0]!.vector.length;
  for (const [i, { text, vector }] of cases.entries()) {
    expect(cosine(flat.slice(i * width, (i + 1) * width), vector), text).toBeGreaterThan(0.995);
  }
}

for (const precision of ['int8', 'f32'] as const) {
  test(`${precision}: from a folder, with progress, and from the cache`, async ({ blank, server }) => {
    const load = async ({ texts, precision }: { texts: string[]; precision: 'int8' | 'f32' }) => {
      const { WasmModel } = await import('edgebert');
      const steps: [number, number][] = [];
      const onProgress = ({ loaded, total }: { loaded: number; total: number }) =>
        void steps.push([loaded, total]);
      const model = await WasmModel.from_pretrained('/fixtures/models/shards/', { precision, onProgress });
      const flat = Array.from(model.encode(texts));
      model.free();
      return { flat, steps };
    };
    const first = await blank.evaluate(load, { texts, precision });
    expectVectors(first.flat);
    const loaded = first.steps.map(([loaded]) => loaded);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
    expect(first.steps.at(-1)![0]).toBe(first.steps.at(-1)![1]);

    server.log.length = 0;
    const second = await blank.evaluate(load, { texts, precision });
    expect(second.flat).toEqual(first.flat);
    expect(server.log.filter(({ path }) => path.startsWith('/fixtures/'))).toEqual([]);
  });
}

test('given as files, in workers too', async ({ blank }) => {
  const results = await blank.evaluate(
    async ({ texts, shards }) => {
      const { WasmModel, WorkerModel } = await import('edgebert');
      const get = (name: string) => fetch(`/fixtures/models/shards/${name}`);
      const files = async () => ({
        weights: await Promise.all(shards.toReversed().map(get)),
        config: await get('config.json'),
        tokenizer: await get('tokenizer.json'),
        others: {
          // The longest text is said here.
          'tokenizer_config.json': await get('tokenizer_config.json'),
          'modules.json': await get('modules.json'),
          '1_Pooling/config.json': await get('1_Pooling/config.json'),
          '2_Dense/config.json': await get('2_Dense/config.json'),
          '2_Dense/model.safetensors': await get('2_Dense/model.safetensors'),
        },
      });
      const model = await WasmModel.from_pretrained(await files());
      const workers = await WorkerModel.from_pretrained(await files(), { workers: 2 });
      const flat = [Array.from(model.encode(texts)), Array.from(await workers.encode(texts))];
      model.free();
      workers.terminate();
      return flat;
    },
    { texts, shards },
  );
  expectVectors(results[0]!);
  expect(results[1]).toEqual(results[0]);
});
