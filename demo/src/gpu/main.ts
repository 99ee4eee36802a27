import { wireCopy } from '../copy';
import { element } from '../dom';
import { loadModel } from '../model';
import { describeAdapter } from './adapter';
import { CASES, compare, time, type Device } from './trial';

const start = element<HTMLButtonElement>('gpu-start');
const copy = element<HTMLButtonElement>('gpu-copy');
const said = element('gpu-said');
const result = element('gpu-result');

function say(text: string): void {
  said.textContent = text;
}

/** Loads MiniLM, compares the two devices, and shows the result line by line as it comes. */
async function run(): Promise<void> {
  const lines: string[] = [];
  const note = (line: string) => {
    lines.push(line);
    result.textContent = lines.join('\n');
    result.hidden = false;
  };
  note(`edgebert, all-MiniLM-L6-v2, compact: WebGPU and one worker of WebAssembly`);
  note(`browser    ${navigator.userAgent}`);
  note(`cores      ${navigator.hardwareConcurrency}`);
  note(`adapter    ${await describeAdapter()}`);
  say('Loading the model, and compiling for the GPU …');
  const began = performance.now();
  const model = await loadModel({
    device: 'webgpu',
    onWarning: ({ message }) => note(`warning    ${message}`),
  });
  try {
    note(`ready in   ${Math.round(performance.now() - began)} ms, on ${model.info.device}`);
    if (model.info.device !== 'webgpu') return;
    say('Comparing vectors …');
    const { cosine, difference } = await compare(model);
    note(
      `self-test  least cosine to wasm ${cosine.toFixed(9)}, largest difference ${difference.toExponential(1)}`,
    );
    note('');
    note(row('tokens', 'WebGPU ms', 'wasm ms', 'tokens/s', 'tokens/s'));
    const tokenMs: Record<Device, number> = { webgpu: 0, wasm: 0 };
    for (const which of CASES) {
      const tokens = which.texts * which.tokens;
      const found: Record<Device, number | undefined> = { webgpu: undefined, wasm: undefined };
      for (const device of ['webgpu', 'wasm'] as const) {
        say(`${which.name} tokens on ${device} …`);
        const ms = await time(model, device, which, tokenMs[device]);
        found[device] = ms;
        if (ms !== undefined) tokenMs[device] = ms / tokens;
      }
      const shown = [found.webgpu, found.wasm].map((ms) => ms?.toFixed(1) ?? 'too long');
      const rates = [found.webgpu, found.wasm].map((ms) => (ms ? `${Math.round((1000 * tokens) / ms)}` : ''));
      note(row(which.name, ...shown, ...rates));
    }
  } finally {
    model.terminate();
    copy.hidden = false;
  }
}

function row(first: string, ...rest: string[]): string {
  return first.padEnd(11) + rest.map((text) => text.padStart(12)).join('');
}

start.addEventListener('click', async () => {
  start.disabled = true;
  try {
    await run();
    say('Done.');
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
  start.disabled = false;
});
wireCopy(
  copy,
  () => result.textContent ?? '',
  () => getSelection()?.selectAllChildren(result),
);
