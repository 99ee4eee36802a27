// Times one bulk job in headless Chromium: WorkerModel with one worker and with two, on a page like any
// other, and
// transformers.js with as many threads, on a page that is cross-origin isolated, as its threads need it.
//
//   node bench/pool.mjs --onnx <file> [--rounds 7] [--texts 256] [--workers 2]
import { build } from '../scripts/build.mjs';
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { dist, inRoot, models } from '../scripts/lib/paths.mjs';
import { main, say, step } from '../scripts/lib/say.mjs';
import { packedModel } from '../scripts/model.mjs';
import { setup } from '../scripts/setup.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { conditions } from './lib/machine.mjs';
import { fileOption, readOptions } from './lib/options.mjs';
import { installPeers, peerMounts, peerVersions } from './lib/peers.mjs';
import { serve } from './lib/server.mjs';
import { summary } from './lib/stats.mjs';
import { digits, table } from './lib/table.mjs';

const OPTIONS = { onnx: '', rounds: 7, texts: 256, workers: 2 };
const USAGE = `node bench/pool.mjs [options]
  --onnx <file>   int8 ONNX model: adds transformers.js (bench/export_onnx.py makes one)
  --rounds <n>    samples of each, default ${OPTIONS.rounds}
  --texts <n>     texts of the job, 6 to 40 word pieces each, default ${OPTIONS.texts}
  --workers <n>   workers and threads, default ${OPTIONS.workers}
`;
const results = inRoot('bench', 'results', 'pool.json');
const PAGE = '/page/peers.html?script=./pool.js';
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

async function bench({ rounds, texts, workers, ...options }) {
  const onnx = fileOption(options, 'onnx');
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
  if (onnx) await installPeers();
  const mounts = { '/page/': inRoot('bench', 'page'), '/dist/': dist, '/models/': models };
  const plain = await serve(mounts);
  const isolated = await serve({ ...mounts, ...(onnx && peerMounts(onnx)) }, { headers: ISOLATED });
  try {
    const run = await withBrowser((browser) =>
      openPage(browser, `${plain.origin}${PAGE}`, (page) =>
        openPage(browser, `${isolated.origin}${PAGE}`, async (other) => {
          const before = conditions(browser.version());
          const runners = await prepare(page, onnx ? other : undefined, texts, workers);
          return { conditions: before, texts, workers, samples: await measure(runners, rounds) };
        }),
      ),
    );
    const peers = onnx ? peerVersions() : {};
    writeFileAtOnce(results, `${JSON.stringify({ ...run, peers }, undefined, 1)}\n`);
    say(`\n${report(run, peers)}`);
  } finally {
    await plain.close();
    await isolated.close();
  }
}

/** What runs the job once, by its name, each warm: with all its workers, and its code compiled. */
async function prepare(page, other, texts, workers) {
  const runners = new Map();
  const add = async (where, name, kind, count) => {
    step('bench', `warming up: ${name}`);
    await where.evaluate((args) => window.prepare(...args), [kind, count, texts]);
    runners.set(name, () => where.evaluate((args) => window.job(...args), [kind, count]));
  };
  await add(page, 'edgebert, 1 worker', 'edgebert', 1);
  await add(page, `edgebert, ${workers} workers`, 'edgebert', workers);
  if (other) await add(other, `transformers.js, ${workers} threads`, 'transformers', workers);
  return runners;
}

/** In each round every one takes its turn. Milliseconds of the whole job. */
async function measure(runners, rounds) {
  const samples = Object.fromEntries([...runners.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    step('bench', `round ${round + 1} of ${rounds}`);
    for (const [name, job] of runners) samples[name].push(await job());
  }
  return Object.entries(samples).map(([name, list]) => ({ name, ...summary(list) }));
}

function report({ conditions, texts, samples }, peers) {
  const [one] = samples;
  const rows = samples.map(({ name, median, upper, lower }) => [
    name,
    digits(median / texts),
    digits((upper - lower) / 2 / texts),
    digits((1000 * texts) / median),
    `${digits(one.median / median)} ×`,
  ]);
  const versions = peers['transformers.js'] ? `, transformers.js ${peers['transformers.js']}` : '';
  const { browser, cores, load } = conditions;
  return `${table([['', 'ms a text', '±', 'texts a second', 'to 1 worker'], ...rows])}

${texts} texts of 6 to 40 word pieces at once; ${browser}, ${cores} cores, load ${load.toFixed(1)}${versions}.`;
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
