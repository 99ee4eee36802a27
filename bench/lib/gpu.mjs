// npm run bench -- --gpu: the table of the demo's gpu.html, beside other libraries on WebGPU.
import { step } from '../../scripts/lib/say.mjs';
import { openPage, withBrowser } from './browser.mjs';
import { conditions } from './machine.mjs';
import { withServer } from './session.mjs';
import { digits, table } from './table.mjs';

const PAGE = '/page/peers.html?script=./gpu.js';

const ENGINES = [
  { name: 'edgebert-webgpu', title: 'edgebert WebGPU' },
  { name: 'edgebert-worker', title: 'one worker, wasm' },
  { name: 'ort-webgpu', title: 'ort-web f32 WebGPU', peer: true },
  { name: 'transformers-webgpu', title: 'transformers.js f32 WebGPU', peer: true },
];

/** As in demo/src/gpu/trial.ts. */
const CASES = [
  { name: '8', texts: 1, tokens: 8 },
  { name: '128', texts: 1, tokens: 128 },
  { name: '64 × 16', texts: 64, tokens: 16 },
  { name: '256 × 64', texts: 256, tokens: 64 },
];
const FULL = { cases: CASES, budgetMs: 3_000, least: 3, longestMs: 30_000 };
/** Too little to mean anything. */
const QUICK = { cases: [CASES[0], { name: '4 × 8', texts: 4, tokens: 8 }], budgetMs: 1, least: 1 };

/** Chromium's own flags for WebGPU without a window; on Linux it takes no driver but Vulkan's. */
const FLAGS = [
  '--enable-unsafe-webgpu',
  '--ignore-gpu-blocklist',
  ...(process.platform === 'linux' ? ['--enable-features=Vulkan'] : []),
];

/** Vectors that differ more than this are not those of the same model. */
const LEAST_COSINE = 0.9;

/** @returns the report, or the reason why there is none, in a sentence */
export async function measureGpu(options) {
  const engines = ENGINES.filter(({ peer }) => !peer || options['onnx-f32']);
  if (engines.length < ENGINES.length)
    step('bench', 'other libraries are left out: --onnx-f32 has to name a float32 ONNX model');
  return withServer(engines, options, (origin) =>
    withBrowser((browser) => compare(browser, `${origin}${PAGE}`, engines, options), FLAGS),
  );
}

async function compare(browser, url, engines, { quick }) {
  const adapter = await openPage(browser, url, (page) => page.evaluate(() => window.gpu.adapter()));
  if (!adapter)
    return 'This Chromium has no WebGPU adapter, so there is nothing to compare: run it on a machine with a GPU.';
  if (adapter.isFallback && !quick)
    return `Its only adapter is the processor (${adapter.name}), whose times say nothing of a GPU: --quick shows that all columns work.`;
  const { cases, ...limits } = quick ? QUICK : FULL;
  const columns = [];
  for (const { name, title } of engines) {
    step('bench', title);
    // Each in a page of its own: nothing of the one before has a device then.
    const times = await openPage(browser, url, (page) =>
      page.evaluate(
        async ({ name, cases, limits }) => {
          await window.gpu.load(name);
          const vectors = await window.gpu.vectors();
          const times = [];
          for (const each of cases) times.push(await window.gpu.time(each, limits));
          return { vectors, times };
        },
        { name, cases, limits },
      ),
    );
    columns.push({ title, ...times });
  }
  return report(adapter, conditions(browser.version()), cases, columns);
}

function report(adapter, { browser, cpu, cores, load }, cases, columns) {
  const reference = columns.find(({ title }) => title === ENGINES[1].title).vectors;
  const cosines = columns.map(({ title, vectors }) => {
    const least = leastCosine(vectors, reference);
    if (!(least >= LEAST_COSINE)) throw new Error(`${title} gave other vectors: cosine ${least} to wasm.`);
    return least.toFixed(7);
  });
  const rows = cases.map(({ name, texts, tokens }, at) => [
    name,
    ...columns.flatMap(({ times }) => {
      const ms = times[at];
      return ms === undefined ? ['too long', ''] : [digits(ms), Math.round((1000 * texts * tokens) / ms)];
    }),
  ]);
  return [
    `adapter  ${adapter.name}${adapter.isFallback ? ' (the processor)' : ''}`,
    `browser  ${browser}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}`,
    '',
    table([
      ['tokens', ...columns.flatMap(({ title }) => [`${title}, ms`, 'tokens/s'])],
      ...rows,
      ['least cosine to wasm', ...cosines.flatMap((cosine) => [cosine, ''])],
    ]),
  ].join('\n');
}

function leastCosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return Math.min(...a.map((x, i) => dot(x, b[i]) / Math.sqrt(dot(x, x) * dot(b[i], b[i]))));
}
