// CPU seconds for real sentences, beside sentence-transformers' own `encode` in native PyTorch: float32, one
// thread, sorted by length. The machine's other load changes CPU seconds less than it changes wall time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { models } from '../../scripts/lib/paths.mjs';
import { run as runOther } from '../../scripts/lib/run.mjs';
import { say, Stop } from '../../scripts/lib/say.mjs';
import { wordnetTexts } from '../../scripts/lib/wordnet.mjs';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { inFolder, minilm, run } from './process.mjs';

const COUNTS = [2000, 20_000];

export function measureSentences({ python, rounds }) {
  if (!python) throw new Stop('--python must name a Python that has sentence-transformers.');
  return inFolder(async (folder) => {
    const texts = wordnetTexts();
    for (const count of COUNTS) {
      const input = join(folder, `${count}.txt`);
      writeFileSync(input, texts.slice(0, count).join('\n'));
      const [ours, theirs] = [[], []];
      for (let round = 0; round < rounds; round++) {
        ours.push(await ourSeconds(folder, input));
        theirs.push(await theirSeconds(python, input));
      }
      const [one, other] = [Math.min(...ours), Math.min(...theirs)];
      say(
        `${count.toLocaleString('en')} sentences, best of ${rounds}: edgebert ${one.toFixed(1)} s of CPU, start included, ` +
          `sentence-transformers ${other.toFixed(1)} s after loading; ratio ${(one / other).toFixed(2)}`,
      );
    }
  });
}

async function ourSeconds(folder, input) {
  const output = join(folder, 'vectors.f32');
  const { cpu } = await run(['embed', '--model', minilm, '-i', input, '-o', output, '--workers', '1']);
  return cpu / 1000;
}

async function theirSeconds(python, input) {
  const script = inRoot('bench', 'scale', 'sentences.py');
  const model = join(models, 'all-MiniLM-L6-v2', 'checkpoint');
  const failure = 'sentence-transformers failed.';
  return Number((await runOther(python, [script, model, input], { failure })).trim().split(' ').at(-1));
}
