import { builtin } from './node.js';

/** A file of the system; undefined if there is none, or it can't be read. */
type ReadFile = (path: string) => string | undefined;

/** How many threads of work this machine runs at the same time, or this container under its CPU quota. */
export function availableCores(): number {
  const cores = builtin('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return Math.min(cores, Math.ceil(processQuota() ?? cores));
}

/** Older versions of Node count the machine's cores, whatever share of them a container has. */
function processQuota(): number | undefined {
  const fs = builtin('node:fs');
  // Deno would ask its user for the permission to read.
  if (!fs || globalThis.process.platform !== 'linux' || 'Deno' in globalThis) return undefined;
  return cpuQuota((path) => {
    try {
      return fs.readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  });
}

/**
 * The CPU quota of this process's control group in cores, as Linux's kernel documents it (cpu.max of version
 * 2, cpu.cfs_quota_us of version 1); undefined if there is none. The groups around it have quotas too, and
 * the least of them counts. Inside a container, the own group may be seen as the root.
 */
export function cpuQuota(read: ReadFile): number | undefined {
  const quotas: number[] = [];
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers = '?', path = ''] = line.split(':');
    // Version 2 names no controllers; the hierarchies of version 1 are linked by the names of theirs.
    const isUnified = controllers === '';
    if (!isUnified && !controllers.split(',').includes('cpu')) continue;
    const parts = path.split('/').filter(Boolean);
    for (; ; parts.pop()) {
      const folder = ['/sys/fs/cgroup', ...(isUnified ? [] : ['cpu']), ...parts].join('/');
      const [quota, period] = isUnified
        ? (read(`${folder}/cpu.max`) ?? '').split(' ')
        : ['quota', 'period'].map((name) => read(`${folder}/cpu.cfs_${name}_us`));
      // `max` and -1 mean that there is no limit.
      const cores = Number(quota) / Number(period);
      if (cores > 0 && cores < Infinity) quotas.push(cores);
      if (parts.length === 0) break;
    }
  }
  return quotas.length > 0 ? Math.min(...quotas) : undefined;
}
