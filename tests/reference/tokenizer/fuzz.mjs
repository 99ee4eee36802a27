// Breaks tokenizers' files and texts at random. Whatever happens, nothing traps or hangs, and what fails
// fails with a typed error.
//
//   wasm-pack build tests/reference/tokenizer/bridge --target nodejs --profile checked
//   node tests/reference/tokenizer/fuzz.mjs <tokenizer.json> [inputs = 1000000] [seed = 1] [bridge]
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Random } from '../../fuzz/random.mjs';

const [file, inputs = '1000000', seed = '1', pkg = join(import.meta.dirname, 'bridge/pkg')] =
  process.argv.slice(2);
const { Bridge } = createRequire(import.meta.url)(resolve(pkg, 'tokenizer_bridge.js'));
const CODES = ['format', 'unsupported', 'state'];
const SLOWEST = 5000;

/** What is done to an input depends on the seed and on its number. */
let random = new Random(Number(seed), 0);

/** Changes the bytes of a vocabulary, which need not be UTF-8 any more. */
function brokenBytes(text) {
  const bytes = Buffer.from(text);
  // The beginning says how long the rest is.
  if (random.below(4) === 0) bytes[random.below(Math.min(bytes.length, 12))] = random.below(256);
  return random.bytes(bytes);
}

const tally = {};
let last;
/** Runs a step and counts how it went. Anything but a value or a typed error ends the run. */
function attempt(what, input, step) {
  last = { what, input };
  const started = process.cpuUsage();
  let result;
  let outcome = 'done';
  try {
    result = step();
  } catch (error) {
    if (!(error instanceof Error) || !CODES.includes(error.code)) throw error;
    outcome = error.code;
  }
  // Of the processor: others may be busy on the machine.
  const { user, system } = process.cpuUsage(started);
  const spent = (user + system) / 1000;
  if (spent > SLOWEST) throw new Error(`took ${spent} ms`);
  tally[`${what}: ${outcome}`] = (tally[`${what}: ${outcome}`] ?? 0) + 1;
  return result;
}

function exercise(bridge, text) {
  const tokens = attempt('text', text, () => bridge.offsets(text));
  const count = tokens.length / 3;
  const most = random.below(50);
  const sample = random.below(8);
  if (sample === 0 && bridge.encode(text).length !== count) throw new Error('encode and offsets differ');
  if (sample === 1 && bridge.count(text) !== count) throw new Error('count and offsets differ');
  // A broken template can have any number of special tokens.
  const least = bridge.encode('').length;
  if (sample === 2 && bridge.encode(text, most).length !== Math.min(count, Math.max(most, least)))
    throw new Error('cut to another length');
  if (sample === 3) attempt('pair', text, () => bridge.pair(text, random.text(text), most));
  if (sample === 4) {
    const chunks = attempt('chunk', text, () => bridge.chunk(text, most, random.below(most))) ?? [];
    for (let i = 0; i < chunks.length; i += 2) {
      if (bridge.count(text.slice(chunks[i], chunks[i + 1])) > most) throw new Error('a chunk is too long');
      if (chunks[i] > (chunks[i - 1] ?? 0)) throw new Error('a gap between chunks');
    }
    if (chunks.length > 0 && chunks.at(-1) !== text.length) throw new Error('the end is missing');
  }
  for (let i = count; i < tokens.length; i++)
    if (tokens[i] > text.length) throw new Error('an offset is past the end');
}

const real = JSON.parse(readFileSync(file, 'utf8'));
const fixtures = new URL('../../fixtures/tokenizer/', import.meta.url);
const read = (name) => readFileSync(new URL(name, fixtures), 'utf8');
const names = readdirSync(fixtures)
  .filter((name) => name.endsWith('.vocabulary.txt'))
  .map((name) => name.split('.')[0]);
const texts = names.flatMap((name) => JSON.parse(read(`${name}.cases.json`)).map(([text]) => text));
const built = names.map((name) => {
  const lines = read(`${name}.vocabulary.txt`);
  const root = JSON.parse(read(`${name}.json`));
  root.model.vocab = Object.fromEntries(
    lines
      .split('\n')
      .slice(0, 40)
      .map((piece, id) => [piece, id]),
  );
  return {
    lines,
    few: lines.split('\n').slice(0, 60).join('\n') + '\n',
    options: read(`${name}.json`),
    json: JSON.stringify(root),
    bridge: Bridge.fromPacked(Buffer.from(lines), read(`${name}.json`)),
  };
});
// Those of other kinds: all of their file, and their own texts.
for (const name of readdirSync(new URL('chains/', fixtures)).filter((name) => name.endsWith('.json'))) {
  const json = read(`chains/${name}`);
  const bridge = Bridge.fromJson(json);
  const [vocabulary, options] = bridge.pack();
  built.push({ few: Buffer.from(vocabulary), options, json, bridge });
  const cases = read(`chains/${name.replace('.json', '.cases.jsonl')}`)
    .trimEnd()
    .split('\n');
  texts.push(...cases.map((line) => JSON.parse(line)[0]));
}
const minilm = Bridge.fromJson(JSON.stringify(real));

const started = performance.now();
try {
  for (let input = 1; input <= Number(inputs); input++) {
    random = new Random(Number(seed), input);
    const { few, options, json, bridge } = random.pick(built);
    let made;
    if (input % 100_000 === 1) {
      // The real file is large: one in so many.
      const text = random.text(JSON.stringify(real));
      made = attempt('the real tokenizer.json', text, () => Bridge.fromJson(text));
    } else if (input % 16 === 0) {
      const text = random.below(4) === 0 ? Buffer.from(brokenBytes(json)).toString() : random.file(json);
      made = attempt('tokenizer.json', text, () => Bridge.fromJson(text));
    } else if (input % 16 === 1) {
      const [bytes, text] = [
        random.below(2) || typeof few !== 'string' ? brokenBytes(few) : Buffer.from(random.text(few)),
        random.below(3) === 0 ? options : random.file(options),
      ];
      made = attempt('packed', text, () => Bridge.fromPacked(bytes, text));
    } else if (input % 16 === 2) {
      const text = random.text(
        '{"do_lower_case":true,"strip_accents":null,"mask_token":{"content":"a","lstrip":true,"rstrip":false,"normalized":true,"single_word":true},"tokenizer_class":"BertTokenizer"}',
      );
      made = attempt('vocab.txt', text, () =>
        Bridge.fromVocabulary(random.text(built[0].few), random.below(2) ? text : undefined),
      );
    } else {
      exercise(random.below(4) === 0 ? minilm : bridge, random.text(random.pick(texts)));
    }
    if (made) {
      exercise(made, random.text(random.pick(texts)));
      made.free();
    }
    if (input % 500_000 === 0)
      console.log(`${input} inputs, ${Math.round((performance.now() - started) / 1000)} s`);
  }
} catch (error) {
  console.error(`seed ${seed}:`, last.what, JSON.stringify(String(last.input)).slice(0, 4000));
  throw error;
}
console.log(tally);
