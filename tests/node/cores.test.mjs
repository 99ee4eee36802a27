// How many cores a container has under its CPU quota.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { cpuQuota } = await source('shared/cores.ts');

const V1 = '4:memory:/x\n3:cpuset:/x\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n';

for (const [what, files, expected] of [
  ['no control groups', {}, undefined],
  [
    'version 2 in a container',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' },
    1.5,
  ],
  [
    'version 2 without a quota',
    { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
    undefined,
  ],
  [
    'version 2 on a host, with the quota of a group around it',
    {
      '/proc/self/cgroup': '0::/user.slice/app.service\n',
      '/sys/fs/cgroup/user.slice/app.service/cpu.max': '400000 100000\n',
      '/sys/fs/cgroup/user.slice/cpu.max': '100000 50000\n',
    },
    2,
  ],
  [
    'version 1 in a container, which sees its own group as the root',
    {
      '/proc/self/cgroup': V1,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    0.5,
  ],
  [
    'version 1 mounted as cpu',
    {
      '/proc/self/cgroup': V1,
      '/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '300000\n',
      '/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us': '100000\n',
    },
    3,
  ],
  [
    'version 1 without a quota',
    {
      '/proc/self/cgroup': V1,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    undefined,
  ],
  [
    'both versions side by side',
    {
      '/proc/self/cgroup': `${V1}0::/docker/abc\n`,
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    2,
  ],
  [
    'nonsense',
    { '/proc/self/cgroup': 'x\n:::\n0::/\n', '/sys/fs/cgroup/cpu.max': '0 0 nonsense' },
    undefined,
  ],
]) {
  test(`the CPU quota: ${what}`, () => {
    assert.equal(
      cpuQuota((path) => files[path]),
      expected,
    );
  });
}
