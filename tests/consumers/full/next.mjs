// examples/next: a client component, built for production by either bundler, served by `next start`.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { right, texts } from '../support/golden.mjs';
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
async function started(useMore) {
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
  await useMore?.(address);
  server.kill();
}

/** A route for the edge runtime, which compiles no WebAssembly while it runs. */
const EDGE = `
  import { MiniLML6V2, SearchIndex, WasmModel } from 'edgebert';
  export const runtime = 'edge';
  export async function GET(request) {
    const url = new URL('/models/all-MiniLM-L6-v2/model-int8.safetensors', request.url);
    const model = await WasmModel.from_type(MiniLML6V2, { url, cache: 'none' });
    const vectors = model.encode(${JSON.stringify(texts)});
    const index = new SearchIndex({ dimension: model.dimension });
    index.upsertMany(${JSON.stringify(texts)}, vectors);
    const [first] = index.search(vectors.subarray(0, model.dimension));
    return Response.json({ vectors: [...vectors], found: first.id });
  }`;

function build(bundler) {
  rmSync(join(folder, '.next'), { recursive: true, force: true });
  const options = { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' };
  execFileSync(process.execPath, [next, 'build', `--${bundler}`], options);
}

test('examples/next, built with webpack', async () => {
  build('webpack');
  await started();
});

test('examples/next, built with turbopack, and a route in the edge runtime', async () => {
  mkdirSync(join(folder, 'app/encode'));
  writeFileSync(join(folder, 'app/encode/route.js'), EDGE);
  build('turbopack');
  await started(async (address) => {
    const { vectors, found } = await (await fetch(`${address}/encode`)).json();
    await right(vectors);
    assert.equal(found, texts[0]);
  });
});
