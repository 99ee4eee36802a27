// npm run bench:search: SearchIndex beside other vector indexes, each in a page of its own, on the same
// vectors.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { writeFileAtOnce } from '../scripts/lib/files.mjs';
import { dist, inRoot } from '../scripts/lib/paths.mjs';
import { Stop, main, say, seconds, step } from '../scripts/lib/say.mjs';
import { setup } from '../scripts/setup.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { conditions } from './lib/machine.mjs';
import { installIn } from './lib/install.mjs';
import { readOptions } from './lib/options.mjs';
import { searchReport } from './lib/search-report.mjs';
import { serve } from './lib/server.mjs';
import { quantile } from './lib/stats.mjs';

const folder = inRoot('bench', 'search');
const results = inRoot('bench', 'results', 'search.json');
const ENGINES = ['edgebert int8', 'edgebert float32', 'plain JavaScript', 'Orama', 'voy'];
const PEERS = { Orama: '@orama/orama', voy: 'voy-search' };
const OPENS = 5;

const OPTIONS = { count: 100_000, large: 1_000_000, dimension: 384, queries: 200, only: '', alone: false };
const USAGE = `npm run bench:search -- [options]
  --count <n>        vectors in the indexes that are compared, default ${OPTIONS.count}
  --large <n>        vectors in one more index of edgebert's, default ${OPTIONS.large}
  --dimension <n>    numbers in each, default ${OPTIONS.dimension}
  --queries <n>      default ${OPTIONS.queries}
  --only <names>     of ${ENGINES.join(', ')}
  --alone            without the others, which need an install
`;

async function bench({ count, large, dimension, queries, only, alone }) {
  const started = performance.now();
  const chosen = choose(only, alone);
  await setup({ browsers: ['chromium'] });
  await build();
  if (chosen.some((name) => PEERS[name])) await installIn(folder, 'the other indexes');
  const server = await serve({
    '/page/': inRoot('bench', 'page'),
    '/dist/': dist,
    '/peers/': join(folder, 'node_modules'),
  });
  try {
    const run = await withBrowser((browser) => {
      const inPage = (work, ...args) =>
        openPage(browser, `${server.origin}/page/search.html`, (page) =>
          page.evaluate(([work, args]) => window[work](...args), [work, args]),
        );
      const inOneProfile = (use) => withContext(browser, `${server.origin}/page/search.html`, use);
      return measure({
        inPage,
        inOneProfile,
        version: browser.version(),
        chosen,
        count,
        large,
        dimension,
        queries,
      });
    });
    writeFileAtOnce(results, `${JSON.stringify(run, undefined, 1)}\n`);
    say(`\n${searchReport(run)}\n`);
    step('bench', `took ${seconds(started)}; the figures are in bench/results/search.json`);
  } finally {
    await server.close();
  }
}

function choose(only, alone) {
  const names = only
    ? only.split(',').map((name) => name.trim())
    : ENGINES.filter((name) => !(alone && PEERS[name]));
  const unknown = names.find((name) => !ENGINES.includes(name));
  if (unknown) throw new Stop(`There is no "${unknown}".\n\n${USAGE}`);
  return names;
}

/** Two pages that share what is kept: one that saves, one that opens. */
async function withContext(browser, url, use) {
  const context = await browser.newContext();
  try {
    return await use((work, ...args) =>
      openPage(context, url, (page) => page.evaluate(([work, args]) => window[work](...args), [work, args])),
    );
  } finally {
    await context.close();
  }
}

async function measure({ inPage, inOneProfile, version, chosen, count, large, dimension, queries }) {
  const before = conditions(version);
  const vectors = { from: 0, count, dimension, queries };
  step('bench', `${count} vectors of ${dimension} numbers: what is right`);
  const truth = await inPage('truth', vectors);
  const engines = [];
  for (const name of chosen) {
    step('bench', name);
    const { times, ...rest } = await inPage('measure', name, vectors, truth);
    engines.push({ name, ...rest, ...percentiles(times) });
  }
  step('bench', 'vectors without neighbours');
  const lone = { ...vectors, queries: Math.min(queries, 50), alone: true };
  const { recall } = await inPage('measure', 'edgebert int8', lone, await inPage('truth', lone));
  step('bench', 'saving and opening');
  const { saved, opened } = await inOneProfile(async (inPage) => ({
    saved: await inPage('persistence', vectors),
    opened: await inPage('open', OPENS),
  }));
  step('bench', `${large} vectors`);
  const { times, ...rest } = await inPage('large', {
    count: large,
    dimension,
    queries: Math.min(queries, 30),
  });
  return {
    conditions: before,
    peers: Object.fromEntries(
      chosen.filter((name) => PEERS[name]).map((name) => [name, versionOf(PEERS[name])]),
    ),
    count,
    dimension,
    queries,
    engines,
    recallWithoutNeighbours: recall,
    persistence: { ...saved, open: percentiles(opened) },
    large: { count: large, ...rest, ...percentiles(times) },
  };
}

function percentiles(times) {
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), first: times[0], min: Math.min(...times) };
}

function versionOf(name) {
  const file = join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
