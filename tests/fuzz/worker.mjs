// One thread of `npm run fuzz`: makes inputs, feeds them, and tells how it went.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { indexTargets } from './indexes.mjs';
import { modelTargets } from './models.mjs';
import { Random } from './random.mjs';
import { tokenizerTargets } from './tokenizers.mjs';

const { fixtures, first, end, step, seed, only, tokenizer, progress } = workerData;
const CODES = ['network', 'integrity', 'format', 'unsupported', 'quota', 'worker-lost', 'state'];
/** Milliseconds that no input may take. */
const SLOWEST = 10_000;
/** How many of a hundred inputs each target gets: the slow ones have fewer. */
const SHARES = {
  texts: 48,
  'tokenizer.json': 8,
  'vocab.txt': 8,
  'packed tokenizer': 8,
  loader: 8,
  packed: 8,
  index: 12,
};

// Most inputs are refused, and their stacks would take longer than all the rest. A single one shows its own.
if (end - first > 1) Error.stackTraceLimit = 0;

const engine = createRequire(import.meta.url)(workerData.engine);
const { SearchIndex, xxHash32 } = await import(workerData.index);
const targets = {
  ...tokenizerTargets({
    engine,
    folder: `${fixtures}/tokenizer`,
    given: tokenizer && readFileSync(tokenizer, 'utf8'),
  }),
  ...modelTargets({ engine, folder: `${fixtures}/models`, packedFolder: workerData.packed }),
  ...indexTargets({ SearchIndex, xxHash32 }),
};
const deck = Object.entries(SHARES).flatMap(([name, share]) =>
  only.length === 0 || only.includes(name) ? Array.from({ length: share }, () => name) : [],
);
const counters = new Int32Array(progress);
const tally = {};

for (let input = first; input < end; input += step) {
  Atomics.store(counters, 0, input);
  Atomics.store(counters, 2, engine.memoryBytes() / 1024);
  let turn = take(input);
  // On a busy machine others may have had the processor meanwhile.
  for (let again = 0; turn.spent > SLOWEST && again < 2; again++) turn = take(input);
  const { name, outcome, spent } = turn;
  if (spent > SLOWEST) fail(input, name, new Error(`took ${spent} ms, and so it did twice before`));
  Atomics.add(counters, 1, 1);
  const key = `${name}, ${outcome}`;
  tally[key] = (tally[key] ?? 0) + 1;
}
parentPort.postMessage({ tally, memory: engine.memoryBytes() });

/** Feeds one input: its target, what became of it, and the milliseconds that it took. */
function take(input) {
  const random = new Random(seed, input);
  const name = random.pick(deck);
  const started = performance.now();
  let outcome = 'accepted';
  try {
    targets[name](random);
  } catch (error) {
    if (!(error instanceof Error) || !CODES.includes(error.code)) fail(input, name, error);
    outcome = error.code;
  }
  return { name, outcome, spent: performance.now() - started };
}

function fail(input, name, error) {
  parentPort.postMessage({ failure: `Input ${input} (${name}): ${error?.stack ?? error}` });
  process.exit();
}
