// Next.js: a client component, built for production by either bundler, served by `next start`.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { modelFile, texts } from '../support/golden.mjs';
import { opens } from '../support/page.mjs';
import { project } from '../support/project.mjs';

const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
let folder;
let next;

before(() => {
  folder = project({ from: 'next' });
  next = join(folder, 'node_modules/next/dist/bin/next');
  writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts));
  const model = join(folder, 'public/models/all-MiniLM-L6-v2/model-int8.safetensors');
  mkdirSync(join(model, '..'), { recursive: true });
  cpSync(modelFile, model);
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
  await opens(address);
  server.kill();
}

for (const bundler of ['turbopack', 'webpack']) {
  test(`Next.js, built with ${bundler}`, async () => {
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
