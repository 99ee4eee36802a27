// Times the tokenizer in headless Chromium, one thread, beside Hugging Face's for JavaScript.
//
//   node bench/tokenizer.mjs [--rounds 9] [--alone] [--best]
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { dist, inRoot, models } from '../scripts/lib/paths.mjs';
import { main, say, step } from '../scripts/lib/say.mjs';
import { build } from '../scripts/build.mjs';
import { packedModel } from '../scripts/model.mjs';
import { setup } from '../scripts/setup.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { conditions } from './lib/machine.mjs';
import { readOptions } from './lib/options.mjs';
import { installPeers, peerMounts, peerVersions } from './lib/peers.mjs';
import { serve } from './lib/server.mjs';
import { summary } from './lib/stats.mjs';
import { buildTokenizer, tokenizerPackage } from './lib/tokenizer-crate.mjs';
import { tokenizerReport } from './lib/tokenizer-report.mjs';

const OPTIONS = { rounds: 9, alone: false, best: false };
const USAGE = `node bench/tokenizer.mjs [options]
  --rounds <n>  samples of everything, default ${OPTIONS.rounds}
  --alone       without Hugging Face's tokenizers, which need an install
  --best        show the best sample rather than the median
`;
const results = inRoot('bench', 'results', 'tokenizer.json');

async function bench({ rounds, alone, best }) {
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
  await buildTokenizer();
  if (!alone) await installPeers();
  const server = await serve({
    '/page/': inRoot('bench', 'page'),
    '/dist/': dist,
    '/models/': models,
    '/tokenizer/': tokenizerPackage,
    ...peerMounts(),
  });
  try {
    const run = await withBrowser((browser) =>
      openPage(browser, `${server.origin}/page/tokenizer.html`, (page) =>
        measure(page, browser.version(), rounds, alone),
      ),
    );
    writeFileAtOnce(results, `${JSON.stringify(run, undefined, 1)}\n`);
    say(`\n${tokenizerReport(run, best)}`);
  } finally {
    await server.close();
  }
}

async function measure(page, version, rounds, alone) {
  const before = conditions(version);
  step('bench', `${rounds} rounds`);
  const names = await page.evaluate((without) => window.prepare(without), alone);
  const taken = [];
  for (let i = 0; i < rounds; i++) taken.push(await page.evaluate(() => window.round()));
  const samples = names.map((name, index) => ({ name, ...summary(taken.map((round) => round[index])) }));
  const facts = await page.evaluate(() => window.facts());
  const { 'transformers.js': transformers, '@huggingface/tokenizers': tokenizers } = peerVersions();
  const peers = alone ? {} : { 'transformers.js': transformers, '@huggingface/tokenizers': tokenizers };
  return { conditions: before, peers, facts, samples };
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
