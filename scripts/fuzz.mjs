// npm run fuzz: broken models, packed files, tokenizers, texts and index files, by the million. Nothing may
// trap, hang or keep memory, and what is refused is refused with a typed error.
//
//   npm run fuzz -- --count 10000000 --seed 1     how many inputs (default 100,000), and their seed
//   npm run fuzz -- --from 123456 --count 1       one of them again
//   npm run fuzz -- --only index --threads 4      one target (or more: --only again); threads (default 1)
//   npm run fuzz -- --tokenizer FILE              a real model's tokenizer.json besides the small ones
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { wrapperWith } from './lib/pack-model.mjs';
import { inRoot, pkg, root, tools } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { Stop, main, megabytes, seconds, step } from './lib/say.mjs';
import { buildPacker, buildWasm, compileCheckedSearch } from './lib/wasm.mjs';
import { setup } from './setup.mjs';

const TICK = 1_000;
/** Ticks without a new input after which an input hangs. */
const HANG = 120;
const REPORT = 60;
/** What an engine's memory may still grow by after a fifth of the inputs. */
const MOST_GROWTH = 32_000_000;

const OPTIONS = {
  count: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
  from: { type: 'string', default: '0' },
  threads: { type: 'string', default: '1' },
  only: { type: 'string', multiple: true, default: [] },
  tokenizer: { type: 'string' },
};

/** Models of tests/fixtures that are packed with calibration, and how large a compact file has room for. */
const CALIBRATED = { 'tiny-bert-f32': 0.024, 'models/roberta': 0.06, 'models/distilbert': 0.06 };
const TEXTS = ['the cat', 'the quick brown fox', 'a dog sat', 'mat on mat', 'quick quick cat'];

const folder = join(tools, 'fuzz');
const packedFolder = join(folder, 'packed');

await main(import.meta, async (args) => {
  const { only, tokenizer, ...numbers } = parseArgs({ args, options: OPTIONS }).values;
  const { count, seed, from, threads } = Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, Number(value)]),
  );
  await setup();
  await prepare();
  const started = performance.now();
  const lanes = Array.from({ length: threads }, (_, index) =>
    startLane({ first: from + index, end: from + count, step: threads, seed, only, tokenizer }),
  );
  const watch = setInterval(() => lanes.forEach((lane) => lane.tick()), TICK);
  try {
    const results = await Promise.all(lanes.map((lane) => lane.finished));
    const total = {};
    for (const { tally } of results) {
      for (const [name, times] of Object.entries(tally)) total[name] = (total[name] ?? 0) + times;
    }
    for (const name of Object.keys(total).sort()) step('fuzz', `${name}: ${total[name]}`);
    const memory = Math.max(...results.map((result) => result.memory));
    step('fuzz', `${count} inputs of seed ${seed}, ${megabytes(memory)} of memory, ${seconds(started)}`);
  } finally {
    clearInterval(watch);
    for (const lane of lanes) void lane.worker.terminate();
  }
});

/** The engine and the kernels of search with every check of arithmetic, and the code around the latter. */
async function prepare() {
  mkdirSync(folder, { recursive: true });
  step('fuzz', 'compiling the engine and the search kernels with all checks');
  const bridge = inRoot('tests', 'reference', 'tokenizer', 'bridge');
  const options = ['--target', 'nodejs', '--profile', 'checked', '--out-dir', join(folder, 'engine')];
  await run('wasm-pack', ['build', bridge, ...options], {
    cwd: root,
    failure: 'The engine does not compile.',
  });
  const kernels = join(folder, 'search.wasm');
  await compileCheckedSearch(kernels);
  const { build: bundle } = await import('esbuild');
  await bundle({
    stdin: {
      contents: `export { SearchIndex } from './search/index/search-index.ts';
export { xxHash32 } from './shared/xxhash.ts';`,
      resolveDir: inRoot('js'),
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { 'search-kernels': kernels },
    loader: { '.wasm': 'binary' },
    outfile: join(folder, 'index.mjs'),
    logLevel: 'error',
  });
  await packFiles();
}

/** Packed files of the versions that the engine itself does not write: calibrated, compact, and both. */
async function packFiles() {
  mkdirSync(packedFolder, { recursive: true });
  await buildWasm();
  await buildPacker();
  const { packCompact, packInt8 } = await wrapperWith(pkg, { packer: true });
  for (const [name, size] of Object.entries(CALIBRATED)) {
    const source = pathToFileURL(inRoot('tests', 'fixtures', ...name.split('/')));
    const files = {
      compact: await packCompact(source, { size }),
      calibrated: await packInt8(source, { texts: TEXTS }),
      both: await packCompact(source, { size, texts: TEXTS }),
    };
    for (const [kind, file] of Object.entries(files)) {
      const path = join(packedFolder, `${name.replace('/', '-')}-${kind}.safetensors`);
      writeFileSync(path, Buffer.from(await file.arrayBuffer()));
    }
  }
}

/** One thread, which takes every `step`th input, and what is seen of it from here. */
function startLane(work) {
  const progress = new SharedArrayBuffer(12);
  const worker = new Worker(inRoot('tests', 'fuzz', 'worker.mjs'), {
    workerData: {
      ...work,
      engine: join(folder, 'engine', 'tokenizer_bridge.js'),
      index: pathToFileURL(join(folder, 'index.mjs')).href,
      fixtures: inRoot('tests', 'fixtures'),
      packed: packedFolder,
      progress,
    },
  });
  const [input, done, memory] = [0, 1, 2];
  const counters = new Int32Array(progress);
  const see = (counter) => Atomics.load(counters, counter);
  const fifth = (work.end - work.first) / work.step / 5;
  let [seen, silence, ticks, settled] = [0, 0, 0, undefined];
  let fail;
  const finished = new Promise((resolve, reject) => {
    fail = (message) => reject(new Stop(`${message}\nSeed ${work.seed}.`));
    worker.on('message', (result) => ('failure' in result ? fail(result.failure) : resolve(result)));
    worker.on('error', reject);
    worker.on('exit', () => fail('A thread ended.'));
  });
  const tick = () => {
    silence = see(done) === seen ? silence + 1 : 0;
    seen = see(done);
    if (silence > HANG) fail(`input ${see(input)} hangs`);
    if (seen > fifth) settled ??= see(memory);
    const growth = 1024 * (see(memory) - (settled ?? Infinity));
    if (growth > MOST_GROWTH)
      fail(`The engine's memory has grown by ${megabytes(growth)} since the first fifth`);
    if (++ticks % REPORT === 0) step('fuzz', `${seen} inputs, ${megabytes(1024 * see(memory))} of memory`);
  };
  return { worker, finished, tick };
}
