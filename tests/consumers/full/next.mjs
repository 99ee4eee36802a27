// examples/next: a client component, built for production by either bundler, served by `next start`.
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shows, uses } from '../support/page.mjs';
import { example } from '../support/project.mjs';

const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
let folder;
let next;

before(() => {
  folder = example('next', 'public/models');
  next = join(folder, 'node_modules/next/dist/bin/next');
});

/** Serves what was built, and opens it. */
async function started() {
  const server = spawn(process.execPath, [next, 'start', '--port', '0'], { cwd: folder, env });
  after(() => server.kill());
  const address = await new Promise((resolve, reject) => {
    let output = '';
    const look = (text) => {
      output += text;
      const found = /http:\/\/localhost:\d+/.exec(output);
      if (found) resolve(found[0]);
    };
    server.stdout.setEncoding('utf8').on('data', look);
    server.stderr.setEncoding('utf8').on('data', look);
    server.on('exit', () => reject(new Error(`next start ended: ${output}`)));
  });
  await uses(address, async (page) => {
    await shows(page, 'output', /^0\.58$/);
    await page.getByLabel('Another').fill('How do I reset my password?');
    await shows(page, 'output', /^1\.00$/);
  });
  server.kill();
}

for (const bundler of ['turbopack', 'webpack']) {
  test(`examples/next, built with ${bundler}`, async () => {
    rmSync(join(folder, '.next'), { recursive: true, force: true });
    execFileSync(process.execPath, [next, 'build', `--${bundler}`], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    await started();
  });
}
