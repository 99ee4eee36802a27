// What a figure depends on beside the code.
import { cpus, loadavg, totalmem } from 'node:os';
import { ask } from '../../scripts/lib/run.mjs';
import { root } from '../../scripts/lib/paths.mjs';

export function conditions(browser) {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    commit: commit(),
    browser: `Chromium ${browser}`,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model.trim(),
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    // Processes that wanted to run in the last minute: above 1 the machine was not quiet.
    load: loadavg()[0],
  };
}

function commit() {
  const head = ask('git', ['rev-parse', '--short', 'HEAD'], { cwd: root });
  const changed = ask('git', ['status', '--porcelain', '--untracked-files=no'], { cwd: root });
  return head && changed ? `${head}, with changes` : head;
}
