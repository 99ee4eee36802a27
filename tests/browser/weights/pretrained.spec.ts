// Models that the registry doesn't know: by address, by id on the hub, and as files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from '../support/paths';
import { TinyCheckpoint } from '../support/safetensors';
import { cosine } from '../support/vectors';
import { packed, PACKED } from './host';
import { expect, test } from './support';

const PAGE = 'WasmModel' as const;
const TINY = 'tiny-bert-f32';
const tiny = new TinyCheckpoint(TINY);
const texts = tiny.expected.cases.map(({ text }) => text);

/** Loads from an address or an id in the page or a worker, and encodes the checkpoint's own texts. */
const load = async ({
  where,
  source,
  options,
  texts,
}: {
  where: 'WasmModel' | 'WorkerModel';
  source: string;
  options: { baseUrl?: string; revision?: string; precision?: 'int8' | 'f32' };
  texts: string[];
}) => {
  const edgebert = await import('edgebert');
  const warnings: string[] = [];
  const onWarning = ({ message }: { message: string }) => warnings.push(message);
  try {
    const model = await edgebert[where].from_pretrained(source, { ...options, onWarning });
    const flat = Array.from(await model.encode(texts));
    const { info } = model;
    if ('terminate' in model) model.terminate();
    else model.free();
    const rows = texts.map((_, i) => flat.slice(i * info.dimension, (i + 1) * info.dimension));
    return { rows, info, warnings };
  } catch (thrown) {
    const { name, message, code } = thrown as Error & { code?: unknown };
    return { error: { name, message, code }, warnings };
  }
};

function expectTiny(rows: number[][] | undefined, least: number): void {
  for (const [i, { text, pooled }] of tiny.expected.cases.entries()) {
    expect(cosine(rows![i]!, pooled), text).toBeGreaterThan(least);
  }
}

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  for (const precision of ['int8', 'f32'] as const) {
    test(`${where}, ${precision}: a folder on a server, kept for the next visit`, async ({
      blank,
      server,
    }) => {
      const options = { precision };
      const first = await blank.evaluate(load, { where, source: `/fixtures/${TINY}/`, options, texts });
      expect(first.error).toBeUndefined();
      expectTiny(first.rows, precision === 'f32' ? 0.999999 : 0.999);
      // 1_Pooling/config.json and sentence_bert_config.json were read.
      expect(first.info).toMatchObject({ precision, maxLength: tiny.expected.maxLength });

      server.log.length = 0;
      const second = await blank.evaluate(load, { where, source: `/fixtures/${TINY}/`, options, texts });
      expect(second.rows).toEqual(first.rows);
      // One of the texts is longer than the model reads; nothing else.
      expect(second.warnings).toEqual([expect.stringContaining('more tokens than `maxLength` (16)')]);
      expect(server.log.filter(({ path }) => path.startsWith('/fixtures/'))).toEqual([]);
    });
  }
}

test('an id on the hub, its revision and a mirror', async ({ blank, server }) => {
  for (const file of ['config.json', 'tokenizer.json', 'sentence_bert_config.json', 'model.safetensors']) {
    server.answer(`/mirror/someone/tiny/resolve/v1/${file}`, (_, response) => {
      response.end(readFileSync(join(fixtures, TINY, file)));
    });
  }
  const options = { baseUrl: '/mirror', revision: 'v1' };
  const { rows, error } = await blank.evaluate(load, { where: PAGE, source: 'someone/tiny', options, texts });
  expect(error).toBeUndefined();
  expectTiny(rows, 0.999);
  expect(server.log.some(({ path }) => path === '/mirror/someone/tiny/resolve/v1/modules.json')).toBe(true);
  const [kept] = await blank.evaluate(async () => (await import('edgebert')).cache.list());
  expect(kept).toMatchObject({ name: 'someone/tiny', version: `int8-${kept!.fingerprint.slice(0, 16)}` });
  // Another host may have another model under the id.
  const other = await blank.evaluate(load, {
    where: PAGE,
    source: 'someone/tiny',
    options: { ...options, baseUrl: '/other' },
    texts,
  });
  expect(other.error).toMatchObject({ code: 'network' });
  const left = await blank.evaluate(async () => {
    const { cache } = await import('edgebert');
    await cache.delete('someone/tiny');
    return cache.list();
  });
  expect(left).toEqual([]);
});

test('a file beside the weights that stops coming is asked for again', async ({ blank, server }) => {
  const whole = readFileSync(join(fixtures, TINY, 'config.json'));
  let asked = 0;
  server.answer(`/fixtures/${TINY}/config.json`, (_, response) => {
    if (asked++ === 0) response.write(whole.subarray(0, 20));
    else response.end(whole);
  });
  await blank.clock.install();
  const loading = blank.evaluate(load, { where: PAGE, source: `/fixtures/${TINY}/`, options: {}, texts });
  await expect.poll(() => asked).toBe(1);
  await blank.waitForTimeout(200);
  await blank.clock.runFor(40_000);
  const { rows, error, warnings } = await loading;
  expect(error).toBeUndefined();
  expectTiny(rows, 0.999);
  expect(asked).toBe(2);
  expect(warnings[0]).toMatch(/config\.json has sent nothing for 10 seconds/);
});

test('the address of a packed file', async ({ blank, host }) => {
  for (let visit = 0; visit < 2; visit++) {
    const { rows, error } = await blank.evaluate(load, {
      where: PAGE,
      source: PACKED,
      options: {},
      texts: ['Hello world'],
    });
    expect(error).toBeUndefined();
    expect(rows![0]![0]).toBeCloseTo(-0.0344, 2);
  }
  expect(host.ranges).toEqual(['']);
});

test('a packed file that changes while it is read is not put together from two', async ({ blank, host }) => {
  host.faults = [{ cutAt: packed.length / 2, headers: { etag: '"one"' } }, { headers: { etag: '"two"' } }];
  const { error } = await blank.evaluate(load, { where: PAGE, source: PACKED, options: {}, texts });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain('changed');
});

test('an original under a .safetensors address is distinguished from a packed file', async ({ blank }) => {
  const source = `/fixtures/${TINY}/model.safetensors`;
  const { error } = await blank.evaluate(load, { where: PAGE, source, options: {}, texts });
  expect(error).toMatchObject({ code: 'format' });
  expect(error!.message).toContain('not a packed model');
});

test('a missing model is named with its address', async ({ blank, server }) => {
  const options = { baseUrl: '/mirror' };
  const { error } = await blank.evaluate(load, { where: PAGE, source: 'someone/missing', options, texts });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain(
    `${server.origin}/mirror/someone/missing/resolve/main/config.json answered 404`,
  );
});

test('files that the program has: bytes, Blobs, Responses and texts', async ({ blank }) => {
  const results = await blank.evaluate(
    async ({ folder, texts }) => {
      const { WasmModel, WorkerModel } = await import('edgebert');
      const get = (file: string) => fetch(`${folder}/${file}`);
      const bytes = async (file: string) => new Uint8Array(await (await get(file)).arrayBuffer());
      const given = [
        {
          weights: await bytes('model.safetensors'),
          config: await bytes('config.json'),
          tokenizer: await (await get('tokenizer.json')).text(),
        },
        {
          weights: await (await get('model.safetensors')).blob(),
          config: await (await get('config.json')).blob(),
          tokenizer: await get('tokenizer.json'),
        },
        {
          weights: await get('model.safetensors'),
          config: await get('config.json'),
          tokenizer: await get('tokenizer.json'),
        },
        {
          weights: (await bytes('model.safetensors')).buffer,
          config: await get('config.json'),
          tokenizer: await get('tokenizer.json'),
        },
      ];
      const vectors: number[][] = [];
      for (const files of given) {
        const model = await WasmModel.from_pretrained(files);
        vectors.push(Array.from(model.encode(texts)));
        model.free();
      }
      const model = await WorkerModel.from_pretrained(
        {
          weights: await get('model.safetensors'),
          config: await get('config.json'),
          tokenizer: await get('tokenizer.json'),
        },
        { workers: 2 },
      );
      vectors.push(Array.from(await model.encode(texts)));
      model.terminate();
      return vectors;
    },
    { folder: `/fixtures/${TINY}`, texts },
  );
  for (const vectors of results) expect(vectors).toEqual(results[0]);
  expect(results[0]!.length / texts.length).toBe(tiny.expected.cases[0]!.pooled.length);
});

test('files in folders, as sentence-transformers once saved them', async ({ blank }) => {
  const folder = '/fixtures/models/in-folder';
  const results = await blank.evaluate(
    async ({ folder, texts }) => {
      const { WasmModel, WorkerModel } = await import('edgebert');
      const get = (file: string) => fetch(`${folder}/${file}`);
      const paths = ['modules.json', '1_Pooling/config.json', 'config_sentence_transformers.json'];
      for (const file of [
        'config.json',
        'sentence_distilbert_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ]) {
        paths.push(`0_Transformer/${file}`);
      }
      const files = async () => ({
        weights: await get('0_Transformer/model.safetensors'),
        others: Object.fromEntries(
          await Promise.all(paths.map(async (path) => [path, await get(path)] as const)),
        ),
      });
      const seen = [];
      for (const source of [folder, await files()]) {
        const model = await WasmModel.from_pretrained(source, { cache: 'none' });
        seen.push([model.maxLength, ...model.encode(texts)]);
      }
      const model = await WorkerModel.from_pretrained(await files());
      seen.push([model.maxLength, ...(await model.encode(texts))]);
      return seen;
    },
    { folder, texts },
  );
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where}: a packed file that the program has is checked by its own hashes`, async ({ blank }) => {
    const seen = await blank.evaluate(
      async ({ where, folder }) => {
        const edgebert = await import('edgebert');
        const whole = new Uint8Array(await (await edgebert.pack(folder)).arrayBuffer());
        const damaged = whole.slice();
        damaged[whole.length - 1000]! ^= 1;
        const load = (weights: Uint8Array | Blob | Response) =>
          edgebert[where].from_pretrained({ weights }).then(
            () => 'loaded',
            ({ code, message }) => `${code}: ${message}`,
          );
        const kinds = [
          (bytes: BlobPart) => bytes as Uint8Array,
          (bytes: BlobPart) => new Blob([bytes]),
          (bytes: BlobPart) => new Response(bytes),
        ];
        return Promise.all(kinds.map(async (kind) => [await load(kind(whole)), await load(kind(damaged))]));
      },
      { where, folder: `/fixtures/${TINY}` },
    );
    for (const ends of seen)
      expect(ends).toEqual([
        'loaded',
        expect.stringMatching(/^integrity: weights is damaged.* bytes \d+ to \d+/),
      ]);
  });
}

test('what is no source at all is a TypeError', async ({ blank }) => {
  const names = await blank.evaluate(async () => {
    const { WasmModel } = await import('edgebert');
    const wrong: unknown[] = [
      undefined,
      null,
      5,
      {},
      [],
      { weights: 'text' },
      { weights: new Uint8Array(4), config: 5 },
    ];
    const ends = await Promise.allSettled(wrong.map((source) => WasmModel.from_pretrained(source as string)));
    return ends.map((end) => (end.status === 'rejected' ? (end.reason as Error).name : end.status));
  });
  expect(names).toEqual(Array(7).fill('TypeError'));
});

for (const where of ['WasmModel', 'WorkerModel'] as const) {
  test(`${where}: a Response that a program has made is called by the name of its file`, async ({
    blank,
  }) => {
    const message = await blank.evaluate(async (where) => {
      const edgebert = await import('edgebert');
      const weights = new Response('', { status: 404 });
      return edgebert[where].from_pretrained({ weights }).then(
        () => '',
        ({ message }: Error) => message,
      );
    }, where);
    expect(message).toMatch(/^weights.* answered 404/);
  });
}

test('a Response that is an error is called one', async ({ blank, server }) => {
  const { code, message } = await blank.evaluate(async () => {
    const { WasmModel } = await import('edgebert');
    const weights = await fetch('/nowhere');
    return WasmModel.from_pretrained({ weights }).then(
      () => ({ code: 'none', message: '' }),
      ({ code, message }: { code: string; message: string }) => ({ code, message }),
    );
  });
  expect(code).toBe('network');
  expect(message).toContain(`${server.origin}/nowhere answered 404`);
});
