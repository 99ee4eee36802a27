// A project's page, from a static server, in a real browser.
import { chromium } from '@playwright/test';
import assert from 'node:assert/strict';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before } from 'node:test';
import { modelFile, right } from './golden.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** The strictest Content-Security-Policy that the package works under. */
export const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

const system = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const executablePath = process.env.CHROME_PATH ?? system;
/** How Playwright starts the browser of this machine. */
export const launch = {
  ...(executablePath && { executablePath }),
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-quic'],
};

let browser;
before(async () => {
  browser = await chromium.launch(launch);
});
after(() => browser?.close());

/** Opens the page of a project, and checks what its program computes. */
export async function opens(address) {
  await inPage(address, computes);
}

async function inPage(address, use) {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    return await use(page);
  } finally {
    await page.close();
  }
}

/** Waits for the program's vectors, and checks them. */
export async function computes(page) {
  const [onPage, inWorker] = await left(page);
  await right(onPage);
  assert.deepEqual(inWorker, onPage);
}

/** What the program leaves in `result`; rejects with its first error. */
async function left(page) {
  const failed = page.waitForEvent('pageerror', { timeout: 0 }).then((error) => Promise.reject(error));
  failed.catch(() => {});
  const done = page.waitForFunction(() => globalThis.result !== undefined, undefined, { timeout: 60_000 });
  await Promise.race([failed, done]);
  return page.evaluate(() => globalThis.result);
}

/** Serves a folder, and the models beside it, and checks what its page computes. */
export function works(folder, options) {
  return served(folder, options, opens);
}

/** The same for a page that leaves something else. */
export function results(folder, options) {
  return served(folder, options, (address) => inPage(address, left));
}

async function served(folder, { headers = {}, path = '/' } = {}, use) {
  const server = createServer((request, response) => answer(folder, path, headers, request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://localhost:${server.address().port}${path}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function answer(folder, path, headers, request, response) {
  const asked = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const file = asked.startsWith('/models/') ? modelFile : fileUnder(folder, path, asked);
  if (!file || !existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers });
  createReadStream(file).pipe(response);
}

/** The folder's files are under `path`, and nowhere else. */
function fileUnder(folder, path, asked) {
  if (!asked.startsWith(path)) return undefined;
  const rest = asked.slice(path.length);
  return join(folder, rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest);
}

/** Opens the page of an example, and uses it. */
export const uses = inPage;

/** Serves an example's folder, and uses its page. */
export function usesServed(folder, use) {
  return served(folder, {}, (address) => inPage(address, use));
}

/** Waits for an element with this text; rejects with the page's first error. */
export async function shows(page, selector, text) {
  await page.locator(selector).filter({ hasText: text }).waitFor({ timeout: 60_000 });
}
