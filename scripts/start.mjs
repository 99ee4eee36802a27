// npm start: builds everything and serves the demo as a host would.
import { build } from './build.mjs';
import { buildDemo } from './demo-build.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, say, step } from './lib/say.mjs';
import { setup } from './setup.mjs';

/** Serves the built demo, with a free port where the usual one is taken. */
export async function serveDemo() {
  const { preview } = await import('vite');
  return preview({ configFile: inRoot('demo', 'vite.config.ts'), logLevel: 'warn' });
}

async function serveUntilInterrupted() {
  const server = await serveDemo();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => server.close().then(() => process.exit(0)));
  step('demo', server.resolvedUrls.local[0]);
  say('       Ctrl-C ends it.');
}

await main(import.meta, async () => {
  await setup();
  await build();
  await buildDemo();
  await serveUntilInterrupted();
});
