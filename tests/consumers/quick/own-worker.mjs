// A program that has both models in a Web Worker of its own: workers start from there.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'vite';
import { works } from '../support/page.mjs';
import { program, project, withoutTopLevelAwait } from '../support/project.mjs';

test('both models in a worker of the program, Vite', async () => {
  const folder = project({
    text: `
      const own = new Worker(new URL('./own.js', import.meta.url), { type: 'module' });
      own.onmessage = ({ data }) => (globalThis.result = data);
      own.onerror = ({ message }) => reportError(new Error(message));`,
  });
  writeFileSync(
    join(folder, 'own.js'),
    withoutTopLevelAwait(program("{ baseUrl: '/models' }"), 'postMessage(globalThis.result);'),
  );
  await build({ root: folder, logLevel: 'error' });
  await works(join(folder, 'dist'));
});
