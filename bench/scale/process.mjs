// The built command as a child process, with what it costs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dist, models } from '../../scripts/lib/paths.mjs';
import { Stop } from '../../scripts/lib/say.mjs';

const cli = join(dist, 'cli.js');
export const minilm = join(models, 'all-MiniLM-L6-v2', 'model-int8.safetensors');
/** How often memory is looked at, in milliseconds. */
const EACH = 200;
/** Linux counts CPU time in hundredths of a second. */
const TICK = 10;

/** Calls `use(folder)` with an empty folder, which is removed afterwards. */
export async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'edgebert-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the command. `memory` gets a sample of its resident bytes every so often. */
export function start(args, { cwd, stdin = 'ignore' } = {}) {
  const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: [stdin, 'pipe', 'pipe'] });
  const started = performance.now();
  const memory = [];
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-10_000)));
  }
  let cpu = 0;
  const look = () => {
    const resident = residentBytes(child.pid);
    if (resident !== undefined) memory.push(resident);
    cpu = cpuMilliseconds(child.pid) ?? cpu;
  };
  const timer = setInterval(look, EACH);
  const ended = once(child, 'close').then(([code, signal]) => {
    clearInterval(timer);
    return { code, signal, output, memory, cpu, milliseconds: performance.now() - started };
  });
  return { child, ended, memory, printed: () => output };
}

/** Runs the command to its end. */
export async function run(args, options) {
  const result = await start(args, options).ended;
  if (result.code !== 0) throw new Stop(`edgebert ${args.join(' ')} failed.`, result.output);
  return result;
}

function residentBytes(pid) {
  const status = readProc(`/proc/${pid}/status`);
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1];
  return kilobytes && Number(kilobytes) * 1024;
}

/** User and system time of a process or thread. */
function cpuMilliseconds(path) {
  const fields = readProc(`/proc/${path}/stat`)?.split(') ')[1]?.split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** CPU time of each thread of a process, the busiest first. */
export function threadTimes(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => cpuMilliseconds(`${pid}/task/${thread}`) ?? 0)
    .sort((one, other) => other - one);
}

function readProc(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

export async function sha256(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** Means of the samples' second and last quarter, and the peak: flat memory does not grow between them. */
export function memoryReport(samples) {
  const mean = (some) => some.reduce((sum, value) => sum + value, 0) / Math.max(1, some.length) / 1e6;
  const quarter = Math.floor(samples.length / 4);
  const early = mean(samples.slice(quarter, 2 * quarter));
  const late = mean(samples.slice(-quarter));
  const peak = Math.max(...samples) / 1e6;
  return `${early.toFixed(0)} MB in the second quarter, ${late.toFixed(0)} MB in the last, ${peak.toFixed(0)} MB at most`;
}
