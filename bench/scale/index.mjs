// A large index from ready vectors: by parts, merged, and opened in a browser.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist } from '../../scripts/lib/paths.mjs';
import { say, seconds, Stop } from '../../scripts/lib/say.mjs';
import { openPage, withBrowser } from '../lib/browser.mjs';
import { serve } from '../lib/server.mjs';
import { inFolder, run } from './process.mjs';

const DIMENSION = 384;

export function measureIndex({ vectors, parts }) {
  return inFolder(async (folder) => {
    const files = [];
    for (let part = 0; part < parts; part++) {
      const first = Math.floor((part * vectors) / parts);
      const end = Math.floor(((part + 1) * vectors) / parts);
      await writeVectors(join(folder, `${part}.parquet`), first, end);
      const args = ['--id-field', 'id', '--vector-field', 'vector', '-o', `${part}.index`];
      const made = await run(['index', '-i', `${part}.parquet`, ...args], { cwd: folder });
      files.push(`${part}.index`);
      say(`part ${part}: ${report(made, statSync(join(folder, `${part}.index`)).size)}`);
    }
    const merged = await run(['merge', ...files, '-o', 'all.index'], { cwd: folder });
    const { size } = statSync(join(folder, 'all.index'));
    say(`merged: ${report(merged, size)}`);
    await openInChromium(folder, vectors);
  });
}

function report({ milliseconds, memory }, size) {
  const peak = Math.max(...memory);
  const times = (peak / size).toFixed(2);
  return `${(milliseconds / 1000).toFixed(1)} s, a file of ${(size / 1e6).toFixed(0)} MB, ${(peak / 1e6).toFixed(0)} MB of memory at most (${times} × the file)`;
}

/** A Parquet file as `edgebert embed` writes it, with vectors from a seed in place of a model's. */
async function writeVectors(path, first, end) {
  const from = (name) => import(pathToFileURL(join(dist, 'cli', 'output', name)));
  const [{ openOutput }, { ParquetWriter }] = [await from('target.js'), await from('parquet.js')];
  const schema = { dimension: DIMENSION, textField: 'text', idField: 'id', vectorField: 'vector' };
  const output = await openOutput(path);
  const writer = await ParquetWriter.open(output, { ...schema, metadata: new Map() });
  let state = first + 1;
  const vector = new Float32Array(DIMENSION);
  for (let i = first; i < end; i++) {
    for (let k = 0; k < DIMENSION; k++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      vector[k] = state / 2 ** 31;
    }
    await writer.add({ id: `document ${i}`, text: `The text of document ${i}.` }, vector.slice());
  }
  await writer.finish();
  await output.finish();
}

async function openInChromium(folder, vectors) {
  const page = join(folder, 'page.html');
  writeFileSync(page, '<!doctype html><script type="module">window.ready = true;</script>');
  const server = await serve({ '/page.html': page, '/dist/': dist, '/all.index': join(folder, 'all.index') });
  const began = performance.now();
  try {
    const seen = await withBrowser((browser) =>
      openPage(browser, `${server.origin}/page.html`, (tab) =>
        tab.evaluate(async () => {
          const { SearchIndex } = await import('/dist/search.js');
          const index = await SearchIndex.fetch('/all.index', { cache: 'none' });
          const times = [];
          const id = 'document 7';
          let best;
          for (let i = 0; i < 10; i++) {
            const start = performance.now();
            [best] = index.search(index.vector(id), { topK: 10 });
            times.push(performance.now() - start);
          }
          return { size: index.size, best: best.id, text: best.text, search: Math.min(...times) };
        }),
      ),
    );
    const right =
      seen.size === vectors && seen.best === 'document 7' && seen.text === 'The text of document 7.';
    if (!right) throw new Stop(`Chromium opened something else: ${JSON.stringify(seen)}`);
    say(
      `opened in Chromium in ${seconds(began)}, its start included; a search takes ${seen.search.toFixed(0)} ms`,
    );
  } finally {
    await server.close();
  }
}
