import { cpSync, createReadStream, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const MODEL = 'models/all-MiniLM-L6-v2/model-int8.safetensors';
const file = join(here, '..', MODEL);

/** The packed model at ./models/ of the page: served from the repository, copied into a build. */
function model(): Plugin {
  let out = '';
  return {
    name: 'model',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      // The whole folder, because Vite sends its page for what it doesn't know.
      server.middlewares.use('/models', (request, response) => {
        const size = statSync(file, { throwIfNoEntry: false })?.size;
        if (request.originalUrl !== `/${MODEL}` || size === undefined) {
          response.writeHead(404, { 'content-type': 'text/plain' }).end('no such model');
          return;
        }
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
        createReadStream(file).pipe(response);
      });
    },
    writeBundle() {
      mkdirSync(dirname(join(out, MODEL)), { recursive: true });
      cpSync(file, join(out, MODEL));
    },
  };
}

export default defineConfig({
  root: here,
  // Relative addresses: the built folder works under any path of any host.
  base: './',
  build: { target: 'es2022', emptyOutDir: true },
  server: { fs: { allow: [join(here, '..')] } },
  plugins: [model()],
});
