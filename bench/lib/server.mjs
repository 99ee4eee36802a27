// A static server on a free port, for the pages that do the measuring.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * @param mounts address prefix → file or folder that is served there
 * @param headers sent with every answer
 */
export async function serve(mounts, headers = {}) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = find(mounts, path);
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file');
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': statSync(file).size,
      'cache-control': 'no-store',
      ...headers,
    });
    createReadStream(file).pipe(response);
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
    const inside = normalize(path.slice(prefix.length));
    const file = join(target, inside);
    if (!inside.startsWith('..') && existsSync(file) && statSync(file).isFile()) return file;
  }
  return undefined;
}
