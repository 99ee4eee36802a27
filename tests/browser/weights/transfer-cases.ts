// What every browser is held to on the way over the network: what breaks, stalls or lies.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test as base } from '@playwright/test';
import type { TestServer } from '../support/server';
import { MENDED } from './faults';
import { PACKED, packed } from './host';
import { expectRight, type Fixtures as WeightFixtures } from './support';

const MIB = 1 << 20;

interface Fixtures extends WeightFixtures {
  server: TestServer;
}

/** Adds the tests, to be run by the browser that `test` drives. */
export function transferCases(
  test: (title: string, body: (fixtures: Fixtures) => Promise<void>) => void,
): void {
  for (const percent of [1, 50, 99]) {
    test(`a connection cut at ${percent} % is taken up where it ended`, async ({ visit, host }) => {
      host.faults = [{ cutAt: Math.floor((packed.length * percent) / 100) }];
      const outcome = await visit();
      expectRight(outcome);
      expect(outcome.warnings).toEqual([]);
      expect(host.ranges).toEqual(['', expect.stringMatching(/^bytes=\d+-$/)]);
      // What the browser had not handed over when the connection broke comes twice; WebKit drops all of
      // that, which
      // may be the whole of it.
      if (base.info().project.name !== 'webkit') expect(host.served).toBeLessThan(packed.length + 4 * MIB);
    });
  }

  for (const [what, faults, requests] of MENDED) {
    test(`${what}: the model loads all the same`, async ({ visit, host }) => {
      host.faults = [...faults];
      const outcome = await visit();
      expectRight(outcome);
      expect(outcome.events.at(-1)!.total).toBe(packed.length);
      expect(host.ranges).toHaveLength(requests);

      expectRight(await visit());
      expect(host.ranges, 'the model was kept').toHaveLength(requests);
    });
  }

  test('a redirect is followed, also when the download is taken up again', async ({
    visit,
    server,
    host,
  }) => {
    server.answer('/moved', (_, response) => response.writeHead(302, { location: PACKED }).end());
    host.faults = [{ cutAt: 9_000_000 }];
    expectRight(await visit({ url: '/moved' }));
    expect(host.ranges).toHaveLength(2);
  });

  test('404 fails at once, with the address', async ({ visit, server, host }) => {
    host.faults = [{ status: 404 }];
    const { error } = await visit({ url: PACKED });
    expect(error).toMatchObject({ name: 'EdgeBertError', code: 'network' });
    expect(error!.message).toContain(`${server.origin}${PACKED} answered 404`);
    expect(host.ranges).toHaveLength(1);
  });

  for (const type of ['text/html', 'application/octet-stream']) {
    test(`a web page in place of the model is called one: ${type}`, async ({ visit, server }) => {
      server.answer('/shop', (_, response) =>
        response.setHeader('content-type', type).end('<!doctype html><title>Our shop</title>'),
      );
      const { error } = await visit({ url: '/shop' });
      expect(error).toMatchObject({ code: 'network' });
      expect(error!.message).toContain(`${server.origin}/shop answered 200 with a web page`);
    });
  }

  test('the same wrong bytes twice are refused, and nothing of them stays', async ({ visit, host }) => {
    host.faults = [{ flipAt: 9_000_000 }, { flipAt: 9_000_000 }];
    const { error } = await visit();
    expect(error).toMatchObject({ name: 'EdgeBertError', code: 'integrity' });
    expect(error!.message).toContain('SHA-256');
    expect(host.ranges).toHaveLength(2);

    expectRight(await visit());
    expect(host.ranges[2]).toBe('');
  });

  test('a server of another origin that allows no reading is told from one that is missing', async ({
    visit,
  }) => {
    const silent = createServer((_, response) => response.end(packed));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/model.safetensors`;
      const { error } = await visit({ url });
      expect(error).toMatchObject({ code: 'network' });
      expect(error!.message).toContain(url);
      expect(error!.message).toContain('CORS');
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
}
