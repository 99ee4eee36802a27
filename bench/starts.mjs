// How often the trial of the kernels chooses rightly on a busy machine: starts the engine again and
// again while other processes keep all cores busy, each time on a page that has found nothing yet.
//
//   node bench/starts.mjs [--starts 200] [--load 2] [--no-vnni] [--built]
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dist, inRoot, models } from '../scripts/lib/paths.mjs';
import { Stop, main, say, seconds, step } from '../scripts/lib/say.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { readOptions } from './lib/options.mjs';
import { serve } from './lib/server.mjs';
import { NO_VNNI, prepare } from './lib/session.mjs';
import { quantile } from './lib/stats.mjs';
import { digits, percent } from './lib/table.mjs';

const OPTIONS = { starts: 200, load: 2, 'no-vnni': false, built: false };
const USAGE = `node bench/starts.mjs [options]
  --starts <n>   how many, default ${OPTIONS.starts}
  --load <n>     busy processes for each core, default ${OPTIONS.load}
  --no-vnni      as on x86 processors without AVX-VNNI
  --built        takes dist/ as it is
`;
/** A start that takes longer hangs. */
const LIMIT = 60_000;
/** As the trial has it. */
const THRESHOLD = 1.15;
/** Its maps take activations of 7 bits, which the choice is about in the first place. */
const MODEL = '/models/all-MiniLM-L6-v2/model-int8.safetensors';

async function starts(options) {
  await prepare(options);
  const server = await serve({
    '/page/': inRoot('bench', 'page'),
    '/dist/': dist,
    '/models/': models,
  });
  const url = `${server.origin}/page/blank.html`;
  const flags = options['no-vnni'] ? NO_VNNI : [];
  try {
    await withBrowser(async (browser) => {
      const ratio = await openPage(browser, url, (page) => page.evaluate(compareHere, MODEL));
      const right = ratio >= THRESHOLD ? 'relaxed' : 'simd128';
      say(`relaxed SIMD is ${digits(ratio)} times as fast in encodes: ${right} is right`);
      const busy = Array.from({ length: options.load * availableParallelism() }, () =>
        spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
      );
      try {
        report(await chosen(browser, url, options.starts), right);
      } finally {
        for (const child of busy) child.kill();
      }
    }, flags);
  } finally {
    await server.close();
  }
}

/** The kernel and the milliseconds of each start. */
async function chosen(browser, url, count) {
  const found = [];
  const began = performance.now();
  for (let start = 0; start < count; start++) {
    found.push(await openPage(browser, url, (page) => inTime(page.evaluate(startHere, MODEL))));
    if ((start + 1) % 20 === 0) step('starts', `${start + 1} of ${count}, ${seconds(began)}`);
  }
  return found;
}

async function inTime(starting) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Stop('A start took more than a minute.')), LIMIT);
  });
  try {
    return await Promise.race([starting, late]);
  } finally {
    clearTimeout(timer);
  }
}

function report(found, right) {
  const rightly = found.filter(({ kernel }) => kernel === right).length;
  const ms = found.map((each) => each.ms);
  say(`${rightly} of ${found.length} starts chose it: ${percent(rightly / found.length)}`);
  say(`a start took ${digits(quantile(ms, 0.5))} ms in the median, ${digits(Math.max(...ms))} at most`);
  if (rightly < 0.95 * found.length) throw new Stop('That is less than 95 %.');
}

/** To be run on a page: how many times as fast relaxed SIMD is, in encodes, each at its best. */
async function compareHere(source) {
  const { WasmModel } = await import('/dist/edgebert.min.js');
  const texts = ['The ferry leaves the small harbor at seven in the morning.'];
  const load = (kernel) => WasmModel.from_pretrained(source, { kernel, cache: 'none' });
  const candidates = [await load('simd128'), await load('relaxed')];
  const best = [Infinity, Infinity];
  for (let round = 0; round < 200; round++) {
    for (const [at, model] of candidates.entries()) {
      const began = performance.now();
      for (let i = 0; i < 4; i++) model.encode(texts);
      best[at] = Math.min(best[at], performance.now() - began);
    }
  }
  return best[0] / best[1];
}

/** To be run on a fresh page: the kernel that a model is loaded for. */
async function startHere(source) {
  const { WasmModel } = await import('/dist/edgebert.min.js');
  const began = performance.now();
  const model = await WasmModel.from_pretrained(source, { cache: 'none' });
  return { kernel: model.info.kernel, ms: performance.now() - began };
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await starts(options);
});
