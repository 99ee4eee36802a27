// npm run bench:readme: README's tables in one run of some twelve minutes on a quiet machine: edgebert's
// two kernels beside its peers, with AVX-VNNI and without; Firefox; loading; fidelity; and how far the
// aims are met.
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { main, say, seconds, step } from '../scripts/lib/say.mjs';
import { withBrowser } from './lib/browser.mjs';
import { chooseCases } from './lib/cases.mjs';
import { chooseEngines } from './lib/engines.mjs';
import { openFirefoxPage, withFirefox } from './lib/firefox.mjs';
import { measureLoading } from './lib/loading.mjs';
import { readOptions } from './lib/options.mjs';
import { readmeTables } from './lib/readme-tables.mjs';
import { report } from './lib/report.mjs';
import { LOADING_PAGE, NO_VNNI, loadable, measureIn, withServer } from './lib/session.mjs';

const results = inRoot('bench', 'results', 'readme.json');
const OPTIONS = {
  onnx: '',
  python: '',
  baseline: '',
  reference: '',
  rounds: 7,
  loads: 5,
  built: false,
  quick: false,
};
const USAGE = `npm run bench:readme -- [options]
  --onnx <file>        int8 ONNX model: adds onnxruntime-web and transformers.js
  --python <python>    a Python with torch and sentence-transformers: adds both
  --baseline <folder>  a checkout of an earlier version, built, with its packed model: adds that
  --reference <folder> texts, NAME.json, and their float32 vectors, NAME.f32: adds the fidelity to them
  --rounds <n>         samples of everything, default ${OPTIONS.rounds}
  --loads <n>          loads of every engine, default ${OPTIONS.loads}
  --built              takes dist/ as it is
  --quick              one short round of a few cases, to see that all of it works
bench/export_onnx.py makes the ONNX model.
`;
const OURS = ['edgebert-int8', 'edgebert-simd128', 'edgebert-relaxed'];
const ALL = [...OURS, 'baseline', 'ort-int8', 'transformers', 'pytorch', 'sentence-transformers'];
const CASES = '8,16,32,64,128,256,32x16,sentences,one-long,bulk';
const QUICK_CASES = '8,sentences';
const IN_FIREFOX = { engines: [...OURS, 'ort-int8'], cases: '8,32,128,32x16' };

async function bench({ quick, loads, ...options }) {
  const started = performance.now();
  const engines = chooseEngines(options, ALL);
  const settings = {
    ...options,
    cases: chooseCases(quick ? QUICK_CASES : CASES),
    rounds: quick ? 1 : options.rounds,
    sampleMs: quick ? 1 : 50,
  };
  const runs = await withServer(engines, options, async (origin) => {
    const inChromium = (flags, more) =>
      withBrowser((browser) => {
        const version = browser.version();
        return measureIn({ browser, version, origin, engines, settings: { ...settings, ...more } });
      }, flags);
    const plain = await inChromium([]);
    step('bench', 'loading');
    const loading = await measureLoading({
      url: `${origin}${LOADING_PAGE}`,
      engines: loadable(engines),
      text: plain.text,
      rounds: quick ? 1 : loads,
    });
    const hasVnni = plain.conditions.flags?.includes('avx_vnni');
    // The vectors are those of the first run.
    const withoutVnni = hasVnni ? await inChromium(NO_VNNI, { reference: '' }) : undefined;
    return { plain: { ...plain, loading }, withoutVnni, firefox: await inFirefox(origin, options, settings) };
  });
  writeFileAtOnce(results, `${JSON.stringify(runs, undefined, 1)}\n`);
  for (const [name, run] of Object.entries(runs)) if (run) say(`\n# ${name}\n\n${report(run)}`);
  say(`\n${readmeTables(runs)}\n`);
  if (quick) step('bench', 'a quick run shows that the bench works; its figures mean nothing');
  step('bench', `took ${seconds(started)}; the figures are in bench/results/readme.json`);
}

/** Undefined where there is no Firefox. */
function inFirefox(origin, options, settings) {
  const engines = chooseEngines(options, IN_FIREFOX.engines).filter(({ batching }) => !batching);
  const cases = chooseCases(IN_FIREFOX.cases);
  return withFirefox(async (browser) =>
    measureIn({
      browser,
      version: (await browser.version()).replace(/^\w+\//, ''),
      kind: 'Firefox',
      open: openFirefoxPage,
      origin,
      engines,
      settings: { ...settings, cases, reference: '' },
    }),
  );
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
