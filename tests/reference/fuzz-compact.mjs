// Damages compact files in many ways, and wants a typed error for each: no trap, no hang, no wrong model.
//
//   node tests/reference/fuzz-compact.mjs [--tries 1000000] [--flips 10000] [--seed 1]
//
// `tries` go straight into the built engine, without the hashes that guard a download: cut, lengthened,
// mixed up and overwritten files, with headers, tables and blocks that contradict each other. Some of them
// still load, since biases and the vocabulary are not coded; whatever loads must encode. `flips` are single
// bits, and go the way of a download: each of them must be refused.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { damage, random } from './damage.mjs';
import { bindings } from './engine.mjs';

/** Nothing takes so long, whatever the machine does beside it. */
const HANG = 60_000;
const pkg = fileURLToPath(new URL('../../pkg/', import.meta.url));
const fixture = pathToFileURL(join(fileURLToPath(new URL('../fixtures/tiny-bert-f32', import.meta.url))));
const CODES = ['integrity', 'format', 'unsupported'];

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      tries: { type: 'string', default: '1000000' },
      flips: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  const { wrapperWith } = await import('../../scripts/lib/pack-model.mjs');
  const { packCompact, load } = await wrapperWith(pkg, { packer: true });
  const files = [];
  // With equalised inputs, and without.
  for (const texts of [['the quick brown fox', 'a cat sat on the mat'], []]) {
    files.push(Buffer.from(await (await packCompact(fixture, { size: 0.024, texts })).arrayBuffer()));
  }
  for (const file of files) await flipBits(file, load, options);
  watch(new Worker(new URL(import.meta.url), { workerData: { files, ...options } }), options.tries);
} else {
  await breakFiles(workerData);
}

/** Single bits, anywhere but in the header, which a hash guards that the caller knows. */
async function flipBits(file, load, { flips, seed }) {
  const next = random(seed);
  const start = 8 + Number(file.readBigUInt64LE(0));
  for (let flip = 0; flip < flips; flip++) {
    const damaged = Buffer.from(file);
    const [byte, bit] = [start + next(file.length - start), next(8)];
    damaged[byte] ^= 1 << bit;
    const engine = await load({ weights: damaged }, 'compact').catch((error) => {
      if (!CODES.includes(error.code)) fail(`bit ${bit} of byte ${byte}: ${error.stack}`);
    });
    if (engine) fail(`bit ${bit} of byte ${byte} was not noticed`);
  }
  console.log(`${flips} flipped bits: all of them refused`);
}

/** Prints how far the worker is, and ends it where it hangs. */
function watch(worker, tries) {
  let [at, alive, said] = [0, Date.now(), Date.now()];
  const timer = setInterval(() => {
    if (Date.now() - alive > HANG) fail(`damage ${at} hangs`);
    if (Date.now() - said < HANG) return;
    said = Date.now();
    console.log(`${at} of ${tries}`);
  }, 1000);
  worker.on('message', ({ done, summary }) => {
    [at, alive] = [done, Date.now()];
    if (summary) console.log(summary);
  });
  worker.on('error', (error) => fail(error.stack));
  worker.on('exit', () => clearInterval(timer));
}

async function breakFiles({ files, tries, seed }) {
  const { Loader } = await bindings();
  const whole = files.map((file) => Buffer.from(file));
  const kinds = new Map();
  let loaded = 0;
  for (let index = 0; index < tries; index++) {
    if (index % 100 === 0) parentPort.postMessage({ done: index });
    const bad = damage(whole[index % whole.length], random(seed * 1e9 + index));
    let engine;
    try {
      const loader = new Loader('int8');
      loader.push(bad);
      engine = loader.finish();
      engine.encode(['the quick fox'], true);
      loaded++;
    } catch (error) {
      // The engine throws its own errors with a kind; anything else is a trap or a mistake.
      const kind = error.code ?? error.kind;
      if (error instanceof WebAssembly.RuntimeError || kind === undefined) {
        throw new Error(`damage ${index}: ${error.stack ?? error}`);
      }
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    engine?.free();
  }
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  parentPort.postMessage({ done: tries, summary: `${tries} damaged files: ${counts}, ${loaded} that load` });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
