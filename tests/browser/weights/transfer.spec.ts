// The way over the network: what breaks, stalls or lies, and what is made of it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MENDED } from './faults';
import { Host, packed } from './host';
import { expect, expectOrderly, expectRight, open, test, visit } from './support';

const MIB = 1 << 20;

for (const percent of [1, 50, 99]) {
  test(`a connection cut at ${percent} % is taken up where it ended`, async ({ blank, host }) => {
    const cutAt = Math.floor((packed.length * percent) / 100);
    host.faults = [{ cutAt }];
    const outcome = await visit(blank);
    expectRight(outcome);
    expect(outcome.warnings).toEqual([]);
    expect(host.ranges[0]).toBe('');
    expect(host.ranges[1]).toMatch(/^bytes=\d+-$/);
    expect(host.ranges).toHaveLength(2);
    // What the browser had not handed over when the connection broke comes twice.
    expect(host.served).toBeLessThan(packed.length + 4 * MIB);
  });
}

test('a download that a closed tab interrupted goes on in the next one', async ({ blank, server, host }) => {
  host.pause = 10;
  const half = packed.length / 2;
  const reached = blank.evaluate(async (half) => {
    const { WasmModel, MiniLML6V2 } = await import('edgebert');
    return new Promise<number>((resolve) => {
      const onProgress = ({ loaded }: { loaded: number }) => loaded > half && resolve(loaded);
      void WasmModel.from_type(MiniLML6V2, { baseUrl: '/models', onProgress });
    });
  }, half);
  const loaded = await reached;
  const next = await open(blank, server.origin);
  await blank.close();
  host.pause = 0;
  const outcome = await visit(next);
  expectRight(outcome);
  expect(host.ranges).toHaveLength(2);
  const from = Number(/^bytes=(\d+)-$/.exec(host.ranges[1]!)?.[1]);
  expect(from).toBeGreaterThan(loaded - 2 * MIB);
  expect(outcome.events[0]).toMatchObject({ phase: 'cache', fromCache: true });
});

for (const [what, faults, requests] of MENDED) {
  test(`${what}: the model loads all the same`, async ({ blank, host }) => {
    host.faults = [...faults];
    const outcome = await visit(blank);
    expectRight(outcome);
    expect(outcome.events.at(-1)!.total).toBe(packed.length);
    expect(host.ranges).toHaveLength(requests);

    expectRight(await visit(blank));
    expect(host.ranges, 'the model was kept').toHaveLength(requests);
  });
}

for (const [what, after] of [
  ['seconds', () => '2'],
  // A date has whole seconds.
  ['a date', () => new Date(Date.now() + 3000).toUTCString()],
] as const) {
  test(`Retry-After is waited for: ${what}`, async ({ blank, host }) => {
    host.faults = [{ status: 503, headers: { 'retry-after': after() } }];
    expectRight(await visit(blank));
    // Without it, the first pause is 0.4 seconds.
    expect(host.times[1]! - host.times[0]!).toBeGreaterThan(1500);
  });
}

test('a redirect is followed, also when the download is taken up again', async ({ blank, server, host }) => {
  server.answer('/moved', (_, response) => response.writeHead(302, { location: '/models/all-MiniLM-L6-v2/model-int8.safetensors' }).end());
  host.faults = [{ cutAt: 9_000_000 }];
  expectRight(await visit(blank, { url: '/moved' }));
  expect(host.ranges).toHaveLength(2);
});

test('404 fails at once, with the address', async ({ blank, server, host }) => {
  host.faults = [{ status: 404 }];
  const { error } = await visit(blank, { url: '/models/all-MiniLM-L6-v2/model-int8.safetensors' });
  expect(error).toMatchObject({ name: 'EdgeBertError', code: 'network' });
  expect(error!.message).toContain(`${server.origin}/models/all-MiniLM-L6-v2/model-int8.safetensors answered 404`);
  expect(host.ranges).toHaveLength(1);
});

test('a server that stays down is given up after four attempts', async ({ blank, host }) => {
  host.faults = Array.from({ length: 10 }, () => ({ status: 503 }));
  const { error } = await visit(blank, { url: '/models/all-MiniLM-L6-v2/model-int8.safetensors' });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain('503');
  expect(host.ranges).toHaveLength(4);
});

test('where neither the packed file nor the original can be had, both are named', async ({ blank, server, host }) => {
  host.faults = [{ status: 404 }];
  const { error } = await visit(blank, { baseUrl: '/models' });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain('model-int8.safetensors answered 404');
  expect(error!.message).toContain(`${server.origin}/models/sentence-transformers/all-MiniLM-L6-v2/resolve/`);
});

test('the same wrong bytes twice are refused, and nothing of them stays', async ({ blank, host }) => {
  host.faults = [{ flipAt: 9_000_000 }, { flipAt: 9_000_000 }];
  const { error } = await visit(blank);
  expect(error).toMatchObject({ name: 'EdgeBertError', code: 'integrity' });
  expect(error!.message).toContain('SHA-256');
  expect(host.ranges).toHaveLength(2);

  expectRight(await visit(blank));
  expect(host.ranges[2]).toBe('');
});

test('a Git LFS pointer is called one', async ({ blank, server }) => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize ${packed.length}\n`;
  server.answer('/pointer', (_, response) => response.end(pointer));
  const { error } = await visit(blank, { url: '/pointer' });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain('Git LFS pointer');
});

test('a server of another origin that allows no reading is told from one that is missing', async ({ blank }) => {
  const silent = createServer((_, response) => response.end(packed));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/model.safetensors`;
    const { error } = await visit(blank, { url });
    expect(error).toMatchObject({ code: 'network' });
    expect(error!.message).toContain(url);
    expect(error!.message).toContain('CORS');
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});

test('a custom fetch gets every request, and may add headers', async ({ blank, server, host }) => {
  new Host(server, '/private');
  const asked = await blank.evaluate(async () => {
    const { WasmModel, MiniLML6V2 } = await import('edgebert');
    const asked: string[] = [];
    const model = await WasmModel.from_type(MiniLML6V2, {
      url: '/private',
      fetch: (input, init) => {
        asked.push(String(input));
        return fetch(input, { ...init, headers: { ...init?.headers, 'x-key': 'secret' } });
      },
    });
    model.free();
    return asked;
  });
  expect(asked).toEqual([`${server.origin}/private`]);
  expect(host.ranges).toEqual([]);
});

test('progress is orderly, however the bytes come', async ({ blank, host }) => {
  host.faults = [{ cutAt: 3_000_000, length: 'none' }, { cutAt: 12_000_000 }, { flipAt: 15_000_000 }];
  const { events } = await visit(blank);
  expectOrderly(events);
  expect(new Set(events.map(({ total }) => total))).toEqual(new Set([packed.length]));
  expect(events.length).toBeLessThan(300);
});
