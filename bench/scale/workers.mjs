// One bulk job by one worker and by two, in turns.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wordnetTexts } from '../../scripts/lib/wordnet.mjs';
import { say } from '../../scripts/lib/say.mjs';
import { summary } from '../lib/stats.mjs';
import { inFolder, minilm, run } from './process.mjs';

const TEXTS = 4000;

export function measureWorkers({ rounds }) {
  return inFolder(async (folder) => {
    const input = join(folder, 'texts.txt');
    writeFileSync(input, wordnetTexts().slice(0, TEXTS).join('\n'));
    const rates = { 1: [], 2: [] };
    for (let round = 0; round < rounds; round++) {
      for (const workers of Object.keys(rates)) {
        const output = join(folder, `${workers}.f32`);
        const args = ['--model', minilm, '-i', input, '-o', output, '--workers', workers];
        const { output: said } = await run(['embed', ...args]);
        // The command's own figure: a start, which is the same for both, is not in it.
        rates[workers].push(Number(/([\d,]+) a second/.exec(said)[1].replaceAll(',', '')));
      }
    }
    const [one, two] = [rates[1], rates[2]].map((list) => Math.max(...list));
    say(`rows a second: one worker ${one}, two ${two}, best of ${rounds}; ratio ${(two / one).toFixed(2)}`);
    const ratios = rates[2].map((rate, i) => rate / rates[1][i]);
    say(`ratio round by round: median ${summary(ratios).median.toFixed(2)}`);
  });
}
