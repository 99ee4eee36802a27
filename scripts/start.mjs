// npm start: builds everything and serves the demo as a host would.
import { build } from './build.mjs';
import { buildDemo } from './demo-build.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, say, step } from './lib/say.mjs';
import { setup } from './setup.mjs';

async function serveDemo() {
  const { preview } = await import('vite');
  const server = await preview({ configFile: inRoot('demo', 'vite.config.ts'), logLevel: 'warn' });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => server.close().then(() => process.exit(0)));
  step('demo', server.resolvedUrls.local[0]);
  say('       Ctrl-C ends it.');
}

await main(import.meta, async () => {
  await setup();
  await build();
  await buildDemo();
  await serveDemo();
});
