// How near the vectors of what was timed are to float32's.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from '../../scripts/lib/say.mjs';
import { agreement } from '../../tests/reference/statistics.mjs';

const DIMENSION = 384;
/** Texts that go to the page at a time. */
const SHARE = 256;
/** The others have the same arithmetic as one of these, or float32. */
const JUDGED = ['edgebert-int8', 'ort-int8'];

/**
 * @param folder has NAME.json, an array of texts, and NAME.f32, their unit vectors in float32; other files
 * are left alone
 * @returns for each such NAME and engine of the page the mean and the least cosine
 */
export async function fidelity(page, engines, folder) {
  const names = readdirSync(folder).flatMap((file) => /^(.+)\.f32$/.exec(file)?.[1] ?? []);
  const found = {};
  for (const name of names) {
    const texts = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    const bytes = readFileSync(join(folder, `${name}.f32`));
    const expected = new Float32Array(new Uint8Array(bytes).buffer);
    found[name] = { texts: texts.length };
    for (const { name: engine } of engines.filter((each) => JUDGED.includes(each.name))) {
      step('bench', `fidelity of ${engine}: ${texts.length} texts of ${name}`);
      const vectors = new Float32Array(texts.length * DIMENSION);
      for (let first = 0; first < texts.length; first += SHARE) {
        const share = [engine, texts.slice(first, first + SHARE)];
        vectors.set(await page.evaluate((args) => window.bench.encode(...args), share), first * DIMENSION);
      }
      const { mean, min } = agreement(vectors, expected, DIMENSION);
      found[name][engine] = { mean, min };
    }
  }
  return found;
}
