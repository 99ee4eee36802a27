// What V8 makes of the inner loops on arm64, and an estimate of their speed without such a machine.
//
//   node bench/arm64/run.mjs [--code] [--only baseline,onePart]
//
// An arm64 Node under QEMU compiles each loop and prints its code; llvm-mca counts the cycles of the
// loop's body on several processors. `--code` prints that code. See README.md here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '../../scripts/lib/run.mjs';
import { Stop, main, say } from '../../scripts/lib/say.mjs';
import { assemble } from '../../scripts/lib/wasm.mjs';
import { readOptions } from '../lib/options.mjs';
import { digits, table } from '../lib/table.mjs';
import { LOOPS, moduleOf } from './loops.mjs';
import { findMca, setUpArm64 } from './machine.mjs';

const OPTIONS = { only: '', code: false };
const USAGE = `node bench/arm64/run.mjs [options]
  --only <loops>   of ${Object.keys(LOOPS).join(', ')}
  --code           print the code of each loop's body
`;
const PROCESSORS = ['apple-m1', 'cortex-a78', 'neoverse-n1'];
/** Turns of a body that llvm-mca simulates. */
const TURNS = 200;
/** What is worth a look: the better compiler's code, without what a debugger needs. */
const V8 = ['--no-liftoff', '--no-wasm-lazy-compilation', '--no-wasm-loop-unrolling', '--print-wasm-code'];
const CALL = `import { readFileSync } from 'node:fs';
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(process.argv[2])));
exports.loop(0, 8192, 4032);`;

async function estimate(options) {
  const command = await setUpArm64();
  if (!command)
    throw new Stop("There is no arm64 Node here, and none can be had: this needs Debian's packages.");
  const mca = findMca();
  const names = options.only ? options.only.split(',') : Object.keys(LOOPS);
  const folder = mkdtempSync(join(tmpdir(), 'arm64-'));
  try {
    const rows = [];
    for (const name of names) {
      const body = bodyOf(await codeOf(name, command, folder));
      if (options.code) say(`\n# ${name}\n${body.join('\n')}\n`);
      rows.push([
        name,
        LOOPS[name].products,
        body.length,
        ...cycles(body, mca, folder, LOOPS[name].products),
      ]);
    }
    const columns = PROCESSORS.flatMap((processor) => [processor, '']);
    const units = PROCESSORS.flatMap(() => ['cycles', 'products a cycle']);
    say(table([['', 'products', 'instructions', ...columns], ['', '', '', ...units], ...rows]));
    say(mca ? `\nllvm-mca ${mca.version}` : '\nno llvm-mca here: the cycles are left out');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** V8's code of a loop, an instruction a line with its address in front. */
async function codeOf(name, [program, ...args], folder) {
  const loop = LOOPS[name];
  if (!loop) throw new Stop(`There is no loop "${name}": there are ${Object.keys(LOOPS).join(', ')}.`);
  const [text, wasm, script] = ['loop.wat', 'loop.wasm', 'call.mjs'].map((file) => join(folder, file));
  writeFileSync(text, moduleOf(loop));
  writeFileSync(script, CALL);
  await assemble(text, wasm, `${name} does not assemble.`);
  const printed = ask(program, [...args, ...V8, script, wasm], { maxBuffer: 1 << 26 });
  if (printed === undefined) throw new Stop(`${program} did not run the loop.`);
  const lines = printed.split('\n').flatMap((line) => {
    const [, address, text] = /^0x([0-9a-f]+)\s+[0-9a-f]+\s+[0-9a-f]{8}\s+(.+)$/.exec(line) ?? [];
    return text ? [{ address: Number.parseInt(address, 16), text }] : [];
  });
  if (lines.length === 0) throw new Stop('That Node prints no code: it was built without a disassembler.');
  return lines;
}

/**
 * The instructions from the target of the last conditional jump back to that jump, as an assembler reads
 * them. What follows the loop, and jumps back without a condition, is the check of the stack.
 */
function bodyOf(lines) {
  const jumps = lines.flatMap(({ address, text }, index) => {
    const target = Number.parseInt(/^b\.\w+ .*addr 0x([0-9a-f]+)/.exec(text)?.[1] ?? '', 16);
    const from = lines.findIndex((line) => line.address === target);
    return target < address && from >= 0 ? [{ from, index }] : [];
  });
  const last = jumps.at(-1);
  if (!last) throw new Stop('No loop was found in the code.');
  return lines.slice(last.from, last.index + 1).map(({ text }) =>
    text
      .replace(/ \(.*?\)/g, '')
      .replaceAll('#+', '#')
      .replace(/\bfp\b/g, 'x29')
      .replace(/\blr\b/g, 'x30'),
  );
}

/** For each processor the cycles of one turn of the body, and the products of one cycle. */
function cycles(body, mca, folder, products) {
  if (!mca) return [];
  const file = join(folder, 'body.s');
  writeFileSync(file, `${body.join('\n')}\n`);
  return PROCESSORS.flatMap((processor) => {
    const args = ['-mtriple=aarch64', `-mcpu=${processor}`, `-iterations=${TURNS}`, file];
    const total = /Total Cycles:\s+(\d+)/.exec(ask(mca.name, args) ?? '')?.[1];
    if (!total) throw new Stop(`${mca.name} cannot read the code for ${processor}.`, body.join('\n'));
    const each = Number(total) / TURNS;
    return [digits(each), digits(products / each)];
  });
}

await main(import.meta, async (args) => {
  const options = readOptions(args, OPTIONS, USAGE);
  if (options.help) say(USAGE);
  else await estimate(options);
});
