// Whether vectors are the same, bit for bit, by both kernels in every browser and runtime that is here: the
// SHA-256 of the vectors of many texts, one after the other.
//
//   node bench/bits.mjs [--texts <file>] [--count 3000] [--in chromium,firefox,node,deno,bun,arm64]
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dist, inRoot, models, tools } from '../scripts/lib/paths.mjs';
import { ask } from '../scripts/lib/run.mjs';
import { Stop, main, say, seconds, step } from '../scripts/lib/say.mjs';
import { setUpArm64 } from './arm64/machine.mjs';
import { openPage, withBrowser } from './lib/browser.mjs';
import { openFirefoxPage, withFirefox } from './lib/firefox.mjs';
import { readOptions } from './lib/options.mjs';
import { serve } from './lib/server.mjs';
import { prepare } from './lib/session.mjs';
import { table } from './lib/table.mjs';
import { words } from './page/sentences.js';

const PLACES = ['chromium', 'firefox', 'node', 'deno', 'bun', 'arm64'];
const OPTIONS = { texts: '', count: 3000, in: PLACES.join(','), built: false };
const USAGE = `node bench/bits.mjs [options]
  --texts <file>   JSON with an array of texts; by default, texts are cut from prose
  --count <n>      how many of them, default ${OPTIONS.count}; under an emulator 100 take some minutes
  --in <places>    of ${PLACES.join(', ')}
  --built          takes dist/ as it is
`;
/** Texts of one call to a page. */
const SHARE = 250;
const MODEL = join(models, 'all-MiniLM-L6-v2', 'model-int8.safetensors');

async function bits(options) {
  const places = options.in.split(',');
  const unknown = places.find((place) => !PLACES.includes(place));
  if (unknown) throw new Stop(`--in: "${unknown}" is none of ${PLACES.join(', ')}.`);
  await prepare(options);
  const { count } = options;
  const texts = options.texts
    ? JSON.parse(readFileSync(options.texts, 'utf8')).slice(0, count)
    : prose(count);
  const folder = mkdtempSync(join(tmpdir(), 'bits-'));
  try {
    const file = join(folder, 'texts.json');
    writeFileSync(file, JSON.stringify(texts));
    const rows = [];
    for (const place of places) {
      const started = performance.now();
      step('bits', place);
      const found = await IN[place](texts, file);
      if (!found) rows.push([place, 'not here', '']);
      for (const { kernel, sha256 } of found ?? []) rows.push([place, kernel, sha256]);
      if (found) step('bits', `${place}: ${seconds(started)}`);
    }
    say(`\n${table([[`${texts.length} texts`, 'kernel', 'SHA-256'], ...rows])}`);
    const hashes = new Set(rows.map(([, , hash]) => hash).filter(Boolean));
    if (hashes.size !== 1) throw new Stop(`There are ${hashes.size} different hashes; there should be one.`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Texts of 1 to 60 words. */
function prose(count) {
  return Array.from({ length: count }, (_, i) => {
    const start = (7 * i) % words.length;
    const length = 1 + ((13 * i) % 60);
    return Array.from({ length }, (_, at) => words[(start + at) % words.length]).join(' ');
  });
}

const consumers = join(tools, 'consumers', 'node_modules');
const IN = {
  chromium: (texts) => withBrowser((browser) => inPage(openPage, browser, texts)),
  firefox: (texts) => withFirefox((firefox) => inPage(openFirefoxPage, firefox, texts)),
  node: (_, file) => inRuntime([process.execPath], file),
  deno: (_, file) => inInstalled('deno', ['run', '--allow-all'], file),
  bun: (_, file) => inInstalled('bun', [], file),
  arm64: async (_, file) => inRuntime(await setUpArm64(), file),
};

async function inPage(open, browser, texts) {
  const mounts = { '/page/': inRoot('bench', 'page'), '/dist/': dist, '/models/': models };
  const server = await serve(mounts);
  try {
    return await open(browser, `${server.origin}/page/blank.html`, async (page) => {
      const found = [];
      for (const kernel of ['simd128', 'relaxed']) {
        if (!(await page.evaluate(loadHere, kernel))) continue;
        const hash = createHash('sha256');
        for (let first = 0; first < texts.length; first += SHARE) {
          const bits = await page.evaluate(encodeHere, texts.slice(first, first + SHARE));
          hash.update(new Uint8Array(Uint32Array.from(bits).buffer));
        }
        found.push({ kernel, sha256: hash.digest('hex') });
      }
      return found;
    });
  } finally {
    await server.close();
  }
}

/** To be run on a page: false where there is no such kernel. */
async function loadHere(kernel) {
  const { WasmModel } = await import('/dist/edgebert.min.js');
  const source = '/models/all-MiniLM-L6-v2/model-int8.safetensors';
  try {
    window.model = await WasmModel.from_pretrained(source, { kernel, cache: 'none' });
    return true;
  } catch (error) {
    if (error.code !== 'unsupported') throw error;
    return false;
  }
}

const encodeHere = (texts) => Array.from(new Uint32Array(window.model.encode(texts).buffer));

function inInstalled(name, args, file) {
  const bin = process.platform === 'win32' ? `${name}.exe` : name;
  // Bun's package links its program in a script that is not run here.
  const places = [
    join(consumers, `@oven/${name}-${process.platform}-${process.arch}`, 'bin', bin),
    join(consumers, '.bin', bin),
    bin,
  ];
  const path = places.find((place) => ask(place, ['--version']) !== undefined);
  return path && inRuntime([path, ...args], file);
}

async function inRuntime(command, file) {
  if (!command) return undefined;
  if (!existsSync(MODEL)) throw new Stop(`${MODEL} is missing: npm run model makes it.`);
  const [program, ...args] = command;
  const here = inRoot('bench', 'lib', 'bits-here.mjs');
  const child = spawn(program, [...args, here, dist, MODEL, resolve(file)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const code = await new Promise((resolve) => child.on('close', resolve).on('error', resolve));
  if (code !== 0) throw new Stop(`${program} failed: ${code}`, errors.trim());
  return out
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await bits(options);
});
