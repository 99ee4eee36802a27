// src/kernels/dot/relaxed.wat → js/engine/relaxed-tile.ts: run it after a change to the loops. A test
// compares the two.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtOnce } from './lib/files.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, say } from './lib/say.mjs';
import { assemble } from './lib/wasm.mjs';

const source = inRoot('src', 'kernels', 'dot', 'relaxed.wat');
export const tileFile = inRoot('js', 'engine', 'relaxed-tile.ts');

/** relaxed.wat, assembled, in base64. */
export async function assembledTiles() {
  const folder = mkdtempSync(join(tmpdir(), 'relaxed-tile-'));
  try {
    const wasm = join(folder, 'tile.wasm');
    await assemble(source, wasm, 'relaxed.wat does not assemble.');
    return readFileSync(wasm).toString('base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What js/engine/relaxed-tile.ts has to be. */
export async function tileScript() {
  const text = await assembledTiles();
  const lines = text.match(/.{1,100}/g).map((line) => `  '${line}'`);
  return `/**
 * src/kernels/dot/relaxed.wat, assembled by scripts/relaxed-tile.mjs. It is part of the script because
 * it has about 4 KB, which is less than a request costs.
 */
export function relaxedTiles(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(TILES), (character) => character.charCodeAt(0));
}

const TILES =
${lines.join(' +\n')};
`;
}

await main(import.meta, async () => {
  writeFileAtOnce(tileFile, await tileScript());
  say(`${tileFile} is written.`);
});
