// Times a server's kind of load under Node: many clients that each ask for one short text at a time. A
// pool of two workers that has just been loaded is compared, after its first second, with one that is warm.
//
//   node bench/clients.mjs [--clients 20] [--rounds 5] [--seconds 4]
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from '../scripts/build.mjs';
import { dist, models } from '../scripts/lib/paths.mjs';
import { main, say, step } from '../scripts/lib/say.mjs';
import { packedModel } from '../scripts/model.mjs';
import { setup } from '../scripts/setup.mjs';
import { conditions } from './lib/machine.mjs';
import { readOptions } from './lib/options.mjs';
import { summary } from './lib/stats.mjs';
import { digits, table } from './lib/table.mjs';

const OPTIONS = { clients: 20, rounds: 5, seconds: 4 };
const USAGE = `node bench/clients.mjs [options]
  --clients <n>   clients that ask at the same time, default ${OPTIONS.clients}
  --rounds <n>    samples of each, default ${OPTIONS.rounds}
  --seconds <n>   seconds of a sample, default ${OPTIONS.seconds}
`;
/** Milliseconds of load before a pool that has just been loaded is looked at. */
const FIRST = 1_000;

async function bench({ clients, rounds, seconds }) {
  await setup();
  await build();
  await packedModel();
  const { WorkerModel, MiniLML6V2 } = await import(pathToFileURL(join(dist, 'index.js')));
  const url = pathToFileURL(join(models, MiniLML6V2.name, 'model-int8.safetensors'));
  const load = () => WorkerModel.from_type(MiniLML6V2, { url, cache: 'none', workers: 2 });

  /** Answers a second, from `from` milliseconds of load on. */
  const rate = async (model, from) => {
    let running = true;
    let answered = 0;
    const client = async (number) => {
      for (let i = 0; running; i++) {
        await model.encode([`How do I reset the password of account ${number}, attempt ${i}?`]);
        answered++;
      }
    };
    const all = Array.from({ length: clients }, (_, number) => client(number));
    await new Promise((resolve) => setTimeout(resolve, from));
    const [before, started] = [answered, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    const perSecond = (1000 * (answered - before)) / (performance.now() - started);
    running = false;
    await Promise.all(all);
    return perSecond;
  };

  const before = conditions('');
  const warm = await load();
  await warm.encode(Array.from({ length: 1_000 }, (_, i) => `a text to start both workers with ${i}`));
  const samples = { warm: [], cold: [], ratio: [] };
  for (let round = 0; round < rounds; round++) {
    step('bench', `round ${round + 1} of ${rounds}`);
    const cold = await load();
    samples.cold.push(await rate(cold, FIRST));
    cold.terminate();
    samples.warm.push(await rate(warm, FIRST));
    samples.ratio.push(samples.cold.at(-1) / samples.warm.at(-1));
  }
  warm.terminate();
  const [cold, full, ratio] = [samples.cold, samples.warm, samples.ratio].map(summary);
  say(`
${table([
  ['', 'answers a second', 'least', 'most'],
  ['two warm workers', digits(full.median), digits(full.min), digits(full.max)],
  ['one second after loading', digits(cold.median), digits(cold.min), digits(cold.max)],
])}

${clients} clients; the second is ${digits(100 * ratio.median)} % of the first (median of ${rounds} rounds); Node ${before.node}, ${before.cores} cores, load ${before.load.toFixed(1)}.`);
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bench(options);
});
