// Models of the registry whose packed file nobody has published: where they are looked for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from '../support/paths';
import { HUB, routeHub } from '../support/test';
import { packed } from './host';
import { expect, test } from './support';

const GTE = 'thenlper/gte-small/resolve/17e1f347d17fe144873b1201da91788898c639cd';

test('at the hub, their original at its commit is asked for, and nothing else', async ({ blank, server }) => {
  const asked = await routeHub(blank, server);
  const failure = await blank.evaluate(async () => {
    const { WasmModel, WasmModelType } = await import('edgebert');
    return WasmModel.from_type(WasmModelType.GteSmall).then(() => 'it loaded', String);
  });
  expect(failure).toContain(`${HUB}${GTE}/config.json answered 404`);
  expect(asked.filter((url) => !url.startsWith(`${HUB}${GTE}/`))).toEqual([]);
});

test('under an address of one’s own, the packed file goes first, and is kept', async ({ blank, server }) => {
  server.answer('/mine/gte-small/model-int8.safetensors', (_, response) => response.end(packed));
  for (let visit = 0; visit < 2; visit++) {
    const info = await blank.evaluate(async () => {
      const { WasmModel, WasmModelType } = await import('edgebert');
      return (await WasmModel.from_type(WasmModelType.GteSmall, { baseUrl: '/mine' })).info;
    });
    // The table's length, not the one in the file, which is MiniLM's.
    expect(info).toMatchObject({ name: 'gte-small', maxLength: 512, pooling: 'mean' });
  }
  expect(server.log.filter(({ path }) => path.startsWith('/mine/'))).toHaveLength(1);
});

test('a maxLength of one’s own stays', async ({ blank, server }) => {
  server.answer('/gte.safetensors', (_, response) => response.end(packed));
  const lengths = await blank.evaluate(async () => {
    const { WasmModel, WorkerModel, WasmModelType } = await import('edgebert');
    const options = { url: '/gte.safetensors', maxLength: 100, cache: 'none' } as const;
    const here = await WasmModel.from_type(WasmModelType.GteSmall, options);
    const worker = await WorkerModel.from_type(WasmModelType.GteSmall, options);
    return [here.maxLength, here.info.maxLength, worker.maxLength];
  });
  expect(lengths).toEqual([100, 100, 100]);
});

test('by their id, the registry adds the prompts that their files lack', async ({ blank, server }) => {
  for (const file of ['config.json', 'tokenizer.json', '1_Pooling/config.json', 'model.safetensors']) {
    server.answer(`/hub/intfloat/e5-small-v2/resolve/main/${file}`, (_, response) => {
      response.end(readFileSync(join(fixtures, 'tiny-bert-f32', file)));
    });
  }
  const info = await blank.evaluate(async () => {
    const { WasmModel } = await import('edgebert');
    return (await WasmModel.from_pretrained('intfloat/e5-small-v2', { baseUrl: '/hub' })).info;
  });
  expect(info).toMatchObject({ name: 'e5-small-v2', prompts: { query: 'query: ', document: 'passage: ' } });
});
