// A static server on a free port, for the pages that do the measuring.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { createGzip } from 'node:zlib';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** What hosts compress. */
const TEXT = /^(text|application\/(json|javascript|wasm))|\+(json|xml)$/;

/**
 * @param mounts address prefix → file or folder that is served there
 * @param headers sent with every answer
 * @param compress whether text and WebAssembly come in gzip, as most hosts send them
 */
export async function serve(mounts, { headers = {}, compress = false } = {}) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = find(mounts, path);
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file');
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const common = { 'content-type': type, 'cache-control': 'no-store', ...headers };
    if (compress && TEXT.test(type)) {
      response.writeHead(200, { ...common, 'content-encoding': 'gzip' });
      createReadStream(file).pipe(createGzip()).pipe(response);
    } else {
      response.writeHead(200, { ...common, 'content-length': statSync(file).size });
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function find(mounts, path) {
  for (const [prefix, target] of Object.entries(mounts)) {
    if (path === prefix && existsSync(target) && statSync(target).isFile()) return target;
    if (!prefix.endsWith('/') || !path.startsWith(prefix)) continue;
    const inside = normalize(path.slice(prefix.length) + (path.endsWith('/') ? 'index.html' : ''));
    const file = join(target, inside);
    if (!inside.startsWith('..') && existsSync(file) && statSync(file).isFile()) return file;
  }
  return undefined;
}
