// A project behind the dev server of one of Vite's versions.
import { createReadStream } from 'node:fs';
import { modelFile } from './golden.mjs';
import { opens } from './page.mjs';

/** The model beside the dev server's page. */
const models = {
  name: 'models',
  configureServer: ({ middlewares }) => {
    middlewares.use('/models', (_, response) => void createReadStream(modelFile).pipe(response));
  },
};

/** Serves the project's folder, and checks what its page computes. */
export async function worksInDevelopment(createServer, folder) {
  const vite = await createServer({
    root: folder,
    logLevel: 'error',
    plugins: [models],
    server: { port: 0, host: 'localhost' },
  });
  try {
    await vite.listen();
    await opens(vite.resolvedUrls.local[0]);
  } finally {
    await vite.close();
  }
}
