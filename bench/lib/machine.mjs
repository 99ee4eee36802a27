// What a figure depends on beside the code.
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { ask } from '../../scripts/lib/run.mjs';
import { root } from '../../scripts/lib/paths.mjs';

/** What V8 and SpiderMonkey may use of a processor for int8, as Linux names it. */
const FLAGS = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'avx_vnni_int8', 'asimddp', 'i8mm'];

export function conditions(version, browser = 'Chromium') {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    commit: commit(),
    browser: `${browser} ${version}`,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model.trim(),
    cores: cpus().length,
    flags: processorFlags(),
    memoryGB: Math.round(totalmem() / 1e9),
    // Processes that wanted to run in the last minute: above 1 the machine was not quiet.
    load: loadavg()[0],
  };
}

/** Those of {@link FLAGS} that the processor has; undefined where the system does not say. */
function processorFlags() {
  if (!existsSync('/proc/cpuinfo')) return undefined;
  const [, all = ''] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
  const there = new Set(all.split(' '));
  return FLAGS.filter((flag) => there.has(flag));
}

function commit() {
  const head = ask('git', ['rev-parse', '--short', 'HEAD'], { cwd: root });
  const changed = ask('git', ['status', '--porcelain', '--untracked-files=no'], { cwd: root });
  return head && changed ? `${head}, with changes` : head;
}
