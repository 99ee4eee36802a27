// npm run build: src/ and js/ → dist/, the package as it is published.
import { buildDist } from './lib/bundle.mjs';
import { main } from './lib/say.mjs';
import { buildPacker, buildSearch, buildWasm } from './lib/wasm.mjs';
import { setup } from './setup.mjs';

export async function build() {
  await buildWasm();
  await buildSearch();
  await buildPacker();
  await buildDist();
}

await main(import.meta, async () => {
  await setup();
  await build();
});
