// Millions of lines through the smallest model: the command around the engine is what is measured.
import { once } from 'node:events';
import { createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { say, Stop } from '../../scripts/lib/say.mjs';
import { inFolder, memoryReport, run, sha256, start } from './process.mjs';

const DIMENSION = 32;
const ROW_BYTES = 4 * DIMENSION;

export function measureLongJob({ lines }) {
  return inFolder(async (folder) => {
    const model = join(folder, 'tiny.safetensors');
    await run(['pack', inRoot('tests', 'fixtures', 'tiny-bert-f32'), '-o', model]);
    await writeLines(join(folder, 'lines.txt'), lines);
    const command = (output) => ['embed', '--model', model, '-i', 'lines.txt', '-o', output];

    const whole = await run(command('whole.f32'), { cwd: folder });
    const rate = Math.round((1000 * lines) / whole.milliseconds).toLocaleString('en');
    say(`${lines.toLocaleString('en')} lines: ${rate} a second, ${(whole.cpu / 1000).toFixed(0)} s of CPU`);
    say(`memory: ${memoryReport(whole.memory)}`);

    const partial = join(folder, 'cut.f32.partial');
    const { child, ended } = start(command('cut.f32'), { cwd: folder });
    let ran = true;
    ended.then(() => (ran = false));
    const half = (lines / 2) * ROW_BYTES;
    while (ran && (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) < half) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await ended;
    const rows = Math.floor((statSync(partial, { throwIfNoEntry: false })?.size ?? 0) / ROW_BYTES);
    if (rows === 0) throw new Stop('The job ended before it could be killed; take more --lines.');
    await run([...command('cut.f32'), '--resume'], { cwd: folder });
    const [one, other] = [await sha256(join(folder, 'whole.f32')), await sha256(join(folder, 'cut.f32'))];
    if (one !== other) throw new Stop(`Killed after ${rows} rows and resumed, the file has other bytes.`);
    say(
      `killed after ${rows.toLocaleString('en')} rows and resumed: the same bytes (SHA-256 ${one.slice(0, 16)}…)`,
    );
  });
}

async function writeLines(path, lines) {
  const file = createWriteStream(path);
  for (let i = 0; i < lines; i++) {
    if (!file.write(`line ${i} of a long job with ${i % 97} words\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
