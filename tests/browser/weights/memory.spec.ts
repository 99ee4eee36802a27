// What a load holds in JavaScript. WebAssembly's memory, where the model ends up, is not part of it.
import type { CDPSession } from '@playwright/test';
import { packed } from './host';
import { expect, expectRight, test, visit } from './support';

interface HeapUsage {
  readonly usedSize: number;
  /** Bytes of the buffers that JavaScript holds, which lie outside its heap. */
  readonly backingStorageSize: number;
}

async function usage(devtools: CDPSession): Promise<number> {
  const heap = (await devtools.send('Runtime.getHeapUsage')) as HeapUsage;
  return heap.usedSize + heap.backingStorageSize;
}

for (const from of ['the network', 'the cache']) {
  test(`a load from ${from} never holds 1.5 times the model`, async ({ blank, host }) => {
    if (from === 'the cache') expectRight(await visit(blank));
    await blank.evaluate(async () => (await import('edgebert')).default());
    const devtools = await blank.context().newCDPSession(blank);
    await devtools.send('HeapProfiler.collectGarbage');
    const before = await usage(devtools);
    let peak = 0;
    let loading = true;
    const loaded = visit(blank).finally(() => (loading = false));
    while (loading) peak = Math.max(peak, await usage(devtools));
    expectRight(await loaded);
    const held = peak - before;
    test.info().annotations.push({ type: 'held at most', description: `${(held / 1e6).toFixed(1)} MB` });
    expect(held).toBeLessThan(packed.length * 1.5);
    expect(host.ranges).toHaveLength(1);
  });
}
