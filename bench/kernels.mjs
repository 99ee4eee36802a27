// Times the engine's kernels one by one in headless Chromium.
//
//   node bench/kernels.mjs [--only <text>] [--rounds 9] [--cold] [--twos] [--best] [--against <file>]
import { readFileSync } from 'node:fs';
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { assembledTiles } from '../scripts/relaxed-tile.mjs';
import { Stop, main, say, step } from '../scripts/lib/say.mjs';
import { setup } from '../scripts/setup.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { buildKernels, kernelsPackage } from './lib/kernels-crate.mjs';
import { kernelList } from './lib/kernel-list.mjs';
import { kernelReport } from './lib/kernel-report.mjs';
import { conditions } from './lib/machine.mjs';
import { fileOption, readOptions } from './lib/options.mjs';
import { serve } from './lib/server.mjs';
import { summary } from './lib/stats.mjs';

const OPTIONS = { only: '', rounds: 9, ms: 10, cold: false, twos: false, best: false, against: '' };
const USAGE = `node bench/kernels.mjs [options]
  --only <text>     only kernels whose name contains it, such as "7-bit relaxed 1536" or "attention"
  --rounds <n>      samples of each kernel, default ${OPTIONS.rounds}
  --ms <n>          length of one sample, default ${OPTIONS.ms}
  --twos            7-bit maps by relaxed SIMD: the loop for processors without AVX-VNNI
  --cold            maps: weights from beyond the second-level cache, as in an encode
  --best            show the best sample of each kernel rather than the median
  --against <file>  results of an earlier run; shows the change
`;
const results = inRoot('bench', 'results', 'kernels.json');
/** Gives the page a clock of 5 µs instead of 100 µs. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

async function bench(options) {
  const earlier = fileOption(options, 'against');
  const before = earlier && JSON.parse(readFileSync(earlier, 'utf8'));
  await setup({ browsers: ['chromium'] });
  await buildKernels();
  const kernels = kernelList(options);
  if (kernels.length === 0) throw new Stop(`No kernel's name contains "${options.only}".`);
  const server = await serve(
    { '/page/': inRoot('bench', 'page'), '/kernels/': kernelsPackage },
    { headers: ISOLATION },
  );
  try {
    const url = `${server.origin}/page/kernels.html`;
    const run = await withBrowser((browser) =>
      openPage(browser, url, (page) => measure(page, browser.version(), kernels, options)),
    );
    writeFileAtOnce(results, `${JSON.stringify(run, undefined, 1)}\n`);
    say(`\n${kernelReport(run, { best: options.best, before })}`);
  } finally {
    await server.close();
  }
}

async function measure(page, version, kernels, { rounds, ms, cold, twos }) {
  step('bench', `${kernels.length} kernels, ${rounds} rounds`);
  const onePart = twos ? 'onePartByTwos' : 'onePart';
  const installed = await page.evaluate(
    (args) => window.installRelaxed(...args),
    [await assembledTiles(), onePart],
  );
  if (!installed) throw new Stop('The loops of relaxed.wat compute wrong sums.');
  const ceilings = ['int16Ceiling', 'f32Ceiling'].map((maker) => ({ maker, args: [] }));
  await page.evaluate(([list, sampleMs]) => window.prepare(list, sampleMs), [[...ceilings, ...kernels], ms]);
  const taken = [];
  for (let i = 0; i < rounds; i++) taken.push(await page.evaluate(() => window.round()));
  const [int16, f32, ...times] = taken[0].map((_, index) => summary(taken.map((round) => round[index])));
  const macs = await page.evaluate(() => window.ceilingMacs);
  return {
    conditions: conditions(version),
    cold: Boolean(cold),
    ceilings: { int16: { macs: macs.int16, ms: int16 }, f32: { macs: macs.f32, ms: f32 } },
    kernels: kernels.map((kernel, index) => ({ ...kernel, ms: times[index] })),
  };
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
