// The way over the network in Chromium: what every browser is held to, and what only a driven one can show.
import { Host, packed, PACKED } from './host';
import { expect, expectOrderly, expectRight, open, test, visit } from './support';
import { transferCases } from './transfer-cases';

const MIB = 1 << 20;

transferCases(test);

test('a download that a closed tab interrupted resumes in the next one', async ({ blank, server, host }) => {
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

for (const [what, after] of [
  ['seconds', () => '2'],
  // A date has whole seconds.
  ['a date', () => new Date(Date.now() + 5000).toUTCString()],
] as const) {
  test(`Retry-After is waited for: ${what}`, async ({ blank, host }) => {
    host.faults = [{ status: 503, headers: { 'retry-after': after() } }];
    expectRight(await visit(blank));
    // Without it, the first pause is 0.4 seconds.
    expect(host.times[1]! - host.times[0]!).toBeGreaterThan(1500);
  });
}

test('a server that stays down is given up after four attempts', async ({ blank, host }) => {
  host.faults = Array.from({ length: 10 }, () => ({ status: 503 }));
  const { error } = await visit(blank, { url: '/models/all-MiniLM-L6-v2/model-int8.safetensors' });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain('503');
  expect(host.ranges).toHaveLength(4);
});

test('a packed file that is missing under a baseUrl: its address, and how to make it', async ({
  blank,
  server,
  host,
}) => {
  host.faults = [{ status: 404 }];
  const { error } = await visit(blank, { baseUrl: '/models' });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toBe(
    `${server.origin}${PACKED} answered 404 Not Found; \`npx edgebert pack all-MiniLM-L6-v2\` makes that file`,
  );
  expect(server.log.filter(({ path }) => path.startsWith('/models/'))).toHaveLength(1);
});

test('a Git LFS pointer is called one', async ({ blank, server }) => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize ${packed.length}\n`;
  server.answer('/pointer', (_, response) => response.end(pointer));
  const { error } = await visit(blank, { url: '/pointer' });
  expect(error).toMatchObject({ code: 'network' });
  expect(error!.message).toContain('Git LFS pointer');
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
