// npm run bench:demo: what a visitor of the demo feels. Lighthouse on the built page, the first visit on a
// slow line, the second one offline, keystrokes, and the race that the page offers.
import { buildDemo } from '../scripts/demo-build.mjs';
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { dist, inRoot, models } from '../scripts/lib/paths.mjs';
import { main, say, step } from '../scripts/lib/say.mjs';
import { setup } from '../scripts/setup.mjs';
import { build } from '../scripts/build.mjs';
import { packedModel } from '../scripts/model.mjs';
import { withBrowser } from './lib/browser.mjs';
import { keystrokes, offlineVisit, race, slowVisit } from './lib/demo-visits.mjs';
import { installIn } from './lib/install.mjs';
import { lighthouse } from './lib/lighthouse.mjs';
import { conditions } from './lib/machine.mjs';
import { fileOption, readOptions } from './lib/options.mjs';
import { installPeers, peerMounts } from './lib/peers.mjs';
import { serve } from './lib/server.mjs';
import { quantile } from './lib/stats.mjs';

const OPTIONS = { onnx: '', visits: 5, lighthouse: 3, quick: false };
const USAGE = `npm run bench:demo -- [options]
  --onnx <file>       int8 ONNX model: runs the race, with transformers.js served from this machine
  --visits <n>        slow and offline visits, default ${OPTIONS.visits}
  --lighthouse <n>    runs of Lighthouse for a phone and for a desk, default ${OPTIONS.lighthouse}
  --quick             one of each, to see that all of it works
bench/export_onnx.py makes the ONNX model.
`;
const results = inRoot('bench', 'results', 'demo.json');

async function bench(options) {
  const onnx = fileOption(options, 'onnx');
  const times = (name) => (options.quick ? 1 : options[name]);
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
  await buildDemo();
  await installIn(inRoot('bench', 'demo'), 'Lighthouse');
  if (onnx) await installPeers();

  const mounts = { '/demo/': inRoot('demo', 'dist'), '/dist/': dist, '/models/': models };
  const server = await serve({ ...mounts, ...(onnx && peerMounts(onnx)) }, { compress: true });
  const page = `${server.origin}/demo/`;
  const found = {};
  /** Says a result as soon as it is there: the whole takes minutes. */
  const note = (name, value) => {
    found[name] = value;
    step(name, JSON.stringify(value));
  };
  try {
    await withBrowser(async (browser) => {
      note('conditions', conditions(browser.version()));
      note('keystrokes', await keystrokes(browser, page));
      note('slow first visit', await repeat(times('visits'), () => slowVisit(browser, page)));
      note('offline second visit', await repeat(times('visits'), () => offlineVisit(browser, page)));
      if (onnx) note('race', await race(browser, page));
    });
    for (const form of ['phone', 'desk'])
      note(`lighthouse ${form}`, await repeat(times('lighthouse'), () => lighthouse(page, form)));
    writeFileAtOnce(results, `${JSON.stringify(found, undefined, 1)}\n`);
    if (options.quick) step('bench', 'a quick run shows that the bench works; its figures mean nothing');
  } finally {
    await server.close();
  }
}

/** Runs one after the other; of each figure the median. */
async function repeat(times, run) {
  const runs = [];
  for (let i = 0; i < times; i++) runs.push(await run());
  const median = (name) =>
    quantile(
      runs.map((one) => one[name]),
      0.5,
    );
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(name)]));
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
