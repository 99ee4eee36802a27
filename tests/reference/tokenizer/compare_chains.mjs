// Compares what make_chains.py wrote with what the engine gives, whole and packed.
//
//   node compare_chains.mjs FOLDER [BRIDGE]
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, pkg = join(import.meta.dirname, 'bridge/pkg')] = process.argv.slice(2);
const { Bridge } = createRequire(import.meta.url)(resolve(pkg, 'tokenizer_bridge.js'));
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.cases.jsonl'))
  .map((name) => name.slice(0, -'.cases.jsonl'.length));
let [compared, different] = [0, 0];
for (const name of names) {
  const whole = Bridge.fromJson(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const packed = Bridge.fromPacked(...whole.pack());
  const [before, wrong] = [compared, different];
  for await (const line of createInterface({
    input: createReadStream(join(folder, `${name}.cases.jsonl`)),
  })) {
    const [text, ids, offsets] = JSON.parse(line);
    const expected = [...ids, ...offsets].join();
    const found = [whole, packed].map((bridge) => [...bridge.offsets(text)].join());
    const plain = [...whole.encode(text)].join();
    compared++;
    if (
      found.some((tokens) => tokens !== expected) ||
      plain !== ids.join() ||
      whole.count(text) !== ids.length
    ) {
      if (++different - wrong <= 3)
        console.log(name, JSON.stringify(text), '\n', expected, '\n', found[0], '\n', plain);
    }
  }
  console.log(`${name}: ${compared - before} texts, ${different - wrong} different`);
  whole.free();
  packed.free();
}
console.log(`${compared} compared, ${different} different`);
process.exitCode = different === 0 && compared > 0 ? 0 : 1;
