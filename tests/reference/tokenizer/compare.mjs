// Compares the tokenizer with the answers that make_cases.py wrote.
//
//   wasm-pack build tests/reference/tokenizer/bridge --target nodejs --profile checked
//   node tests/reference/tokenizer/compare.mjs <folder>
import { createReadStream, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { Bridge } = createRequire(import.meta.url)('./bridge/pkg/tokenizer_bridge.js');
const folder = process.argv[2];
let compared = 0;
let different = 0;

function same(a, b) {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function check(what, text, expected, found) {
  compared++;
  if (same(expected, found)) return;
  different++;
  if (different <= 20) {
    const at = Math.max(0, expected.findIndex((value, index) => value !== found[index]) - 3);
    const some = (values) => `${at ? '… ' : ''}${values.slice(at, at + 12).join(' ')} (${values.length})`;
    console.log(
      `${what}: ${JSON.stringify(text).slice(0, 300)}\n  expected ${some(expected)}\n  found    ${some(found)}`,
    );
  }
}

async function* rows(file) {
  for await (const line of createInterface({ input: createReadStream(join(folder, file)), crlfDelay: 0 })) {
    yield JSON.parse(line);
  }
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl') && name !== 'pairs.jsonl')) {
  const before = [compared, different];
  const json = readFileSync(join(folder, file.replace(/(-points)?\.jsonl$/, '.json')), 'utf8');
  const fresh = Bridge.fromJson(json);
  const bridge = Bridge.fromPacked(...fresh.pack());
  for await (const [text, ids, offsets] of rows(file)) {
    const most = 3 + (compared % 30);
    const found = bridge.offsets(text);
    check(`${file}, ids and offsets`, text, [...ids, ...offsets], found);
    const plain = bridge.encode(text);
    const cut = bridge.encode(text, most);
    const expectedCut = ids.length > most ? [...ids.slice(0, most - 1), ids.at(-1)] : ids;
    if (!same(ids, plain)) check(`${file}, ids alone`, text, ids, plain);
    if (!same(expectedCut, cut)) check(`${file}, cut to ${most}`, text, expectedCut, cut);
    if (bridge.count(text) !== ids.length) check(`${file}, count`, text, [ids.length], [bridge.count(text)]);
  }
  console.log(`${file}: ${compared - before[0]} texts, ${different - before[1]} different`);
  fresh.free();
  bridge.free();
}

const bridge = Bridge.fromJson(readFileSync(join(folder, 'uncased-small.json'), 'utf8'));
for await (const [a, b, most, expected] of rows('pairs.jsonl')) {
  check(`pair, ${most}`, [a, b], expected.flat(), bridge.pair(a, b, most ?? undefined));
}
console.log(`${compared} compared, ${different} different`);
process.exitCode = different === 0 && compared > 0 ? 0 : 1;
