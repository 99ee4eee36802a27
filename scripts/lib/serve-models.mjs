// A Vite plugin: models/ of the repository under the page's own models/, as a static host would serve it.
import { createReadStream, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { models } from './paths.mjs';

/** @returns {import('vite').Plugin} */
export function serveModels() {
  const use = (server) => {
    server.middlewares.use(`${server.config.base}models`, serve);
  };
  return { name: 'edgebert-models', configureServer: use, configurePreviewServer: use };
}

/** Answers 404 for what isn't there: Vite itself would send the page. */
function serve(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const file = statSync(join(models, normalize(path)), { throwIfNoEntry: false });
  if (!file?.isFile()) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file');
    return;
  }
  response.setHeader('content-type', path.endsWith('.json') ? 'application/json' : 'application/octet-stream');
  response.setHeader('content-length', file.size);
  response.setHeader('cache-control', 'no-cache');
  createReadStream(join(models, normalize(path))).pipe(response);
}
