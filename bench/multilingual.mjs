// A multilingual model in headless Chromium, one thread, beside transformers.js on the same checkpoint:
// loading, memory, single texts, batches, and the tokenizer by length of text.
//
//   python tests/reference/make_multilingual.py --out models-ml
//   onnx/bin/python bench/export_onnx.py models-ml/multilingual-e5-small out
//   npx edgebert pack ./models-ml/multilingual-e5-small --output e5.safetensors
//   node bench/multilingual.mjs --model models-ml/multilingual-e5-small --packed e5.safetensors \
//     --onnx out/model_quantized.onnx [--rounds 9] [--built]
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { dist, inRoot } from '../scripts/lib/paths.mjs';
import { Stop, main, say, step } from '../scripts/lib/say.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { conditions } from './lib/machine.mjs';
import { fileOption, readOptions } from './lib/options.mjs';
import { installPeers, peerMounts, peerVersions } from './lib/peers.mjs';
import { serve } from './lib/server.mjs';
import { prepare } from './lib/session.mjs';
import { summary } from './lib/stats.mjs';
import { digits, table } from './lib/table.mjs';

const OPTIONS = { model: '', packed: '', onnx: '', rounds: 9, loads: 3, built: false };
const USAGE = `node bench/multilingual.mjs [options]
  --model <folder>  the checkpoint, whose tokenizer.json and config.json transformers.js takes
  --packed <file>   its packed file
  --onnx <file>     its int8 ONNX model (bench/export_onnx.py makes one); without it edgebert is alone
  --rounds <n>      samples of everything, default ${OPTIONS.rounds}
  --loads <n>       loads of each library, default ${OPTIONS.loads}
  --built           takes dist/ as it is
`;
const PAGE = '/page/peers.html?script=./multilingual.js';
const results = inRoot('bench', 'results', 'multilingual.json');
const MB = 1e6;

async function bench(options) {
  const [model, packed, onnx] = ['model', 'packed', 'onnx'].map((name) => fileOption(options, name));
  if (!model || !packed) throw new Stop(`--model and --packed are needed.\n\n${USAGE}`);
  await prepare(options);
  if (onnx) await installPeers();
  const folder = '/transformers-model/multilingual';
  const temporary = mkdtempSync(join(tmpdir(), 'bench-'));
  const server = await serve({
    '/page/': inRoot('bench', 'page'),
    '/dist/': dist,
    '/packed.safetensors': packed,
    ...(onnx && {
      ...peerMounts(),
      [`${folder}/onnx/model_quantized.onnx`]: onnx,
      [`${folder}/tokenizer_config.json`]: plainTokens(model, temporary),
      [`${folder}/`]: model,
    }),
  });
  const engines = ['edgebert', ...(onnx ? ['transformers.js'] : [])];
  const files = { edgebert: statSync(packed).size };
  if (onnx) files['transformers.js'] = statSync(onnx).size + statSync(join(model, 'tokenizer.json')).size;
  try {
    const run = await withBrowser(async (browser) => {
      const open = (use) => openPage(browser, `${server.origin}${PAGE}`, use);
      const before = conditions(browser.version());
      const loads = await measureLoads(open, engines, options.loads);
      const encodes = await open((page) => measure(page, engines, options.rounds));
      return { conditions: before, peers: onnx ? peerVersions() : {}, files, loads, ...encodes };
    });
    writeFileAtOnce(results, `${JSON.stringify(run, undefined, 1)}\n`);
    say(`\n${report(run)}\n`);
  } finally {
    await server.close();
    rmSync(temporary, { recursive: true });
  }
}

/** tokenizer_config.json with tokens as strings: transformers.js takes objects only if they have a type. */
function plainTokens(model, folder) {
  const config = JSON.parse(readFileSync(join(model, 'tokenizer_config.json'), 'utf8'));
  for (const [name, value] of Object.entries(config)) config[name] = value?.content ?? value;
  const file = join(folder, 'tokenizer_config.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Each load in a page of its own, in turn. */
async function measureLoads(open, engines, rounds) {
  const taken = Object.fromEntries(engines.map((engine) => [engine, []]));
  for (let round = 0; round < rounds; round++) {
    step('bench', `loading, round ${round + 1} of ${rounds}`);
    for (const engine of engines)
      taken[engine].push(await open((page) => page.evaluate((name) => window.load(name), engine)));
  }
  return Object.fromEntries(
    Object.entries(taken).map(([engine, loads]) => [
      engine,
      {
        ready: summary(loads.map(({ ready }) => ready)),
        memory: Math.max(...loads.map((load) => load.memory)),
      },
    ]),
  );
}

/** All engines in one page, each in its turn at every case. */
async function measure(page, engines, rounds) {
  for (const engine of engines) await page.evaluate((name) => window.load(name), engine);
  const { cosine, cases } = await page.evaluate((names) => window.prepare(names), engines);
  const taken = cases.map(() => []);
  for (let round = 0; round < rounds; round++) {
    step('bench', `round ${round + 1} of ${rounds}`);
    for (const [at, samples] of taken.entries())
      samples.push(await page.evaluate((index) => window.sample(index), at));
  }
  return { cosine, cases: cases.map((each, at) => ({ ...each, ms: summary(taken[at]) })) };
}

function report({ files, loads, cosine, cases }) {
  const engines = Object.keys(files);
  const row = (title, cell) => [title, ...engines.map(cell)];
  const names = [...new Set(cases.map(({ name }) => name))];
  const find = (engine, name) => cases.find((each) => each.engine === engine && each.name === name);
  const timed = ({ ms, bytes }) => {
    const spread = `${digits(ms.median)} ms (least ${digits(ms.min)})`;
    return bytes
      ? `${digits(bytes / 1000 / ms.median)} MB/s (best ${digits(bytes / 1000 / ms.min)})`
      : spread;
  };
  const lines = [
    ['', ...engines],
    row('model and tokenizer, MB', (engine) => digits(files[engine] / MB)),
    row(
      'ready, ms',
      (engine) => `${digits(loads[engine].ready.median)} (least ${digits(loads[engine].ready.min)})`,
    ),
    row('WebAssembly memory then, MB', (engine) => digits(loads[engine].memory / MB)),
    ...names.map((name) => row(name, (engine) => (find(engine, name) ? timed(find(engine, name)) : ''))),
  ];
  const agreement = cosine === undefined ? '' : `\n\nleast cosine between the two: ${cosine.toFixed(4)}`;
  return `${table(lines)}${agreement}`;
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
