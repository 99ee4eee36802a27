// npm run bench: edgebert beside onnxruntime-web and transformers.js, in one page, one thread, the same
// texts.
import { build } from '../scripts/build.mjs';
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { dist, inRoot, models } from '../scripts/lib/paths.mjs';
import { knownModels } from '../scripts/lib/registry.mjs';
import { main, say, seconds, step } from '../scripts/lib/say.mjs';
import { packedModel, pinnedCompact } from '../scripts/model.mjs';
import { setup } from '../scripts/setup.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { allCases, chooseCases, macsOf, textsOf } from './lib/cases.mjs';
import { measureEncodes } from './lib/encodes.mjs';
import { chooseEngines } from './lib/engines.mjs';
import { buildKernels, kernelsPackage } from './lib/kernels-crate.mjs';
import { measureLoading } from './lib/loading.mjs';
import { conditions } from './lib/machine.mjs';
import { fileOption, readOptions } from './lib/options.mjs';
import { installPeers, peerMounts, peerVersions } from './lib/peers.mjs';
import { compare, report } from './lib/report.mjs';
import { serve } from './lib/server.mjs';

const results = inRoot('bench', 'results', 'latest.json');
/** Many short samples rather than few long ones: what else the machine does then spoils some, not all. */
const SAMPLE_MS = 50;
const MOST_LOADS = 5;
/** Too short to mean anything. */
const QUICK = { cases: '8,32x16', rounds: 1, sampleMs: 1 };

const OPTIONS = {
  onnx: '',
  'onnx-f32': '',
  pytorch: '',
  only: '',
  cases: '',
  rounds: 15,
  best: false,
  quick: false,
};
const USAGE = `npm run bench -- [options]
  --onnx <file>        int8 ONNX model: adds onnxruntime-web and transformers.js
  --onnx-f32 <file>    float32 ONNX model: adds onnxruntime-web in float32
  --pytorch <python>   a Python with torch and transformers: adds native PyTorch
  --only <engines>     beginnings of engines' names, such as edgebert or edgebert-int8,ort-int8
  --cases <names>      of ${allCases.map(({ name }) => name).join(', ')}
  --rounds <n>         samples of everything, default ${OPTIONS.rounds}
  --best               compare the best samples rather than the medians, for machines that are not quiet
  --quick              one short round of a few cases, to see that all of it works
bench/export_onnx.py makes both ONNX models.
`;

async function bench(options) {
  const started = performance.now();
  const engines = chooseEngines(options);
  const chosen = chooseCases(options.quick ? QUICK.cases : options.cases);
  const files = [fileOption(options, 'onnx'), fileOption(options, 'onnx-f32')];
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
  if (engines.some(({ name }) => name === 'edgebert-compact')) await pinnedCompact();
  await buildKernels();
  const peers = engines.some(({ peer }) => peer);
  if (peers) await installPeers();

  const server = await serve({ ...(await ownMounts()), ...(peers && peerMounts(...files)) });
  try {
    const run = await withBrowser((browser) => measure(browser, server.origin, engines, chosen, options));
    writeFileAtOnce(results, `${JSON.stringify(run, undefined, 1)}\n`);
    say(`\n${report(run)}\n`);
    if (options.quick) step('bench', 'a quick run shows that the bench works; its figures mean nothing');
    step('bench', `took ${seconds(started)}; the figures are in bench/results/latest.json`);
  } finally {
    await server.close();
  }
}

async function ownMounts() {
  const [{ name, id, revision }] = await knownModels();
  return {
    '/page/': inRoot('bench', 'page'),
    '/kernels/': kernelsPackage,
    '/dist/': dist,
    '/models/': models,
    [`/hub/${id}/resolve/${revision}/`]: `${models}/${name}/checkpoint`,
  };
}

async function measure(browser, origin, engines, chosen, { quick, best, pytorch, ...options }) {
  const rounds = quick ? QUICK.rounds : options.rounds;
  const before = conditions(browser.version());
  const settings = { cases: chosen, rounds, sampleMs: quick ? QUICK.sampleMs : SAMPLE_MS, pytorch };
  const encodes = await openPage(browser, `${origin}/page/peers.html?script=./bench.js`, (page) =>
    measureEncodes(page, engines, settings),
  );
  const { times, ceilings, agreement, text, torch } = encodes;
  const loading = await measureLoading({
    browser,
    url: `${origin}/page/peers.html?script=./load.js`,
    engines: engines.filter(({ native }) => !native),
    text,
    rounds: Math.min(rounds, MOST_LOADS),
  });
  const statistic = best ? 'min' : 'median';
  const timed = engines.map((engine) => ({ ...engine, ms: times[engine.name] }));
  return {
    conditions: before,
    peers: { ...(engines.some(({ peer }) => peer) && peerVersions()), ...(torch && { PyTorch: torch }) },
    rounds,
    statistic,
    ceilings,
    cases: chosen.map((each) => ({ ...each, texts: textsOf(each), macs: macsOf(each) })),
    engines: timed,
    comparisons: compare(timed, chosen, statistic),
    loading,
    agreement,
  };
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
