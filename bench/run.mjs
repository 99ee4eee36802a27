// npm run bench: edgebert beside onnxruntime-web and transformers.js, in one page, one thread, the same
// texts.
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { main, say, seconds, step } from '../scripts/lib/say.mjs';
import { withBrowser } from './lib/browser.mjs';
import { allCases, chooseCases } from './lib/cases.mjs';
import { chooseEngines } from './lib/engines.mjs';
import { measureGpu } from './lib/gpu.mjs';
import { measureLoading } from './lib/loading.mjs';
import { readOptions } from './lib/options.mjs';
import { report } from './lib/report.mjs';
import { LOADING_PAGE, NO_VNNI, loadable, measureIn, withServer } from './lib/session.mjs';

const results = inRoot('bench', 'results', 'latest.json');
/** Many short samples rather than few long ones: what else the machine does then spoils some, not all. */
const SAMPLE_MS = 50;
const MOST_LOADS = 5;
/** Too short to mean anything. */
const QUICK = { cases: '8,32x16', rounds: 1, sampleMs: 1 };

const OPTIONS = {
  onnx: '',
  'onnx-f32': '',
  python: '',
  baseline: '',
  reference: '',
  'no-vnni': false,
  only: '',
  cases: '',
  rounds: 15,
  best: false,
  gpu: false,
  built: false,
  quick: false,
};
const USAGE = `npm run bench -- [options]
  --onnx <file>        int8 ONNX model: adds onnxruntime-web and transformers.js
  --onnx-f32 <file>    float32 ONNX model: adds onnxruntime-web in float32
  --python <python>    a Python with torch and sentence-transformers: adds both, native, in float32
  --baseline <folder>  a checkout of an earlier version, built: adds that
  --reference <folder> texts, NAME.json, and their float32 vectors, NAME.f32: adds the fidelity to them
  --no-vnni            as on x86 processors without AVX-VNNI
  --only <engines>     beginnings of engines' names, such as edgebert or edgebert-int8,ort-int8
  --cases <names>      of ${allCases.map(({ name }) => name).join(', ')}
  --rounds <n>         samples of everything, default ${OPTIONS.rounds}
  --best               compare the best samples rather than the medians, for machines that are not quiet
  --gpu                WebGPU alone: the table of the demo's gpu.html, beside the other libraries
  --built              takes dist/ as it is
  --quick              one short round of a few cases, to see that all of it works
bench/export_onnx.py makes both ONNX models.
`;

async function bench(options) {
  const started = performance.now();
  const engines = chooseEngines(options);
  const cases = chooseCases(options.quick ? QUICK.cases : options.cases);
  const settings = {
    ...options,
    cases,
    rounds: options.quick ? QUICK.rounds : options.rounds,
    sampleMs: options.quick ? QUICK.sampleMs : SAMPLE_MS,
  };
  const run = await withServer(engines, options, (origin) => measure(origin, engines, settings));
  writeFileAtOnce(results, `${JSON.stringify(run, undefined, 1)}\n`);
  say(`\n${report(run)}\n`);
  if (options.quick) step('bench', 'a quick run shows that the bench works; its figures mean nothing');
  step('bench', `took ${seconds(started)}; the figures are in bench/results/latest.json`);
}

async function measure(origin, engines, settings) {
  const flags = settings['no-vnni'] ? NO_VNNI : [];
  const run = await withBrowser(
    (browser) => measureIn({ browser, version: browser.version(), origin, engines, settings }),
    flags,
  );
  const { text } = run;
  const [url, rounds] = [`${origin}${LOADING_PAGE}`, Math.min(settings.rounds, MOST_LOADS)];
  return { ...run, loading: await measureLoading({ url, engines: loadable(engines), text, rounds }) };
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else if (options.gpu) say(`\n${await measureGpu(options)}\n`);
  else await bench(options);
});
