// What the command does with much: long jobs, large indexes, many clients; and beside sentence-transformers.
//
//   npm run bench:scale -- <task> [options]
import { build } from '../scripts/build.mjs';
import { main, Stop } from '../scripts/lib/say.mjs';
import { packedModel } from '../scripts/model.mjs';
import { setup } from '../scripts/setup.mjs';
import { measureClients } from './scale/clients.mjs';
import { measureIndex } from './scale/index.mjs';
import { measureLongJob } from './scale/long-job.mjs';
import { measureSentences } from './scale/sentences.mjs';
import { measureWorkers } from './scale/workers.mjs';
import { readOptions } from './lib/options.mjs';

const TASKS = {
  'long-job': measureLongJob,
  index: measureIndex,
  clients: measureClients,
  sentences: measureSentences,
  workers: measureWorkers,
};
const OPTIONS = {
  lines: 5_000_000,
  vectors: 1_000_000,
  parts: 4,
  clients: 50,
  seconds: 60,
  rounds: 5,
  python: '',
};
const USAGE = `npm run bench:scale -- <task> [options]
  long-job    --lines <n> of text through the smallest model: rate and memory; killed at half and
              resumed, the same bytes (default ${OPTIONS.lines})
  index       --vectors <n> of 384 numbers into an index by --parts <n>, and merged: time and memory;
              opened in Chromium (default ${OPTIONS.vectors}, ${OPTIONS.parts})
  clients     edgebert serve under --clients <n> for --seconds <n> (default ${OPTIONS.clients}, ${OPTIONS.seconds})
  sentences   CPU seconds beside sentence-transformers on 2,000 and 20,000 sentences: --python <a Python
              that has it>, --rounds <n>
  workers     rows a second by two workers and by one, in --rounds <n> (default ${OPTIONS.rounds})
`;

await main(import.meta, async ([task, ...args]) => {
  const measure = Object.hasOwn(TASKS, task ?? '') ? TASKS[task] : undefined;
  if (!measure) throw new Stop(USAGE);
  const options = readOptions(args, OPTIONS, USAGE);
  await setup({ browsers: ['chromium'] });
  await build();
  await packedModel();
  await measure(options);
});
