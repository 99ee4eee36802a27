// Compares the built engine with references in a folder, under Node.
//
//   node tests/reference/evaluate.mjs <data folder> [--precision int8|f32] [--model <packed file or
// checkpoint folder>] [--worst N]
//
// In the data folder:
//   NAME.json         texts, an array of strings
//   NAME.f32          their reference vectors, L2-normalised: little-endian float32, row-major
//   NAME-scores.json  optional: human scores of the pairs (text i, text i + n/2)
//   tokenizer.jsonl   optional: {"text", "ids"} a line, ids with [CLS] and [SEP]
// It exits with 1 if an id or a count differs, or a cosine is not a number.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bindings, encodeAll, load } from './engine.mjs';
import { agreement, cosine, spearman } from './statistics.mjs';

const models = fileURLToPath(new URL('../../models/all-MiniLM-L6-v2', import.meta.url));

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    precision: { type: 'string', default: 'int8' },
    model: { type: 'string' },
    worst: { type: 'string', default: '0' },
  },
});
const [folder] = positionals;
if (!folder) {
  console.error('usage: evaluate.mjs <data folder> [--precision int8|f32] [--model <path>] [--worst N]');
  process.exit(2);
}

const json = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

function floats(name) {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function compareVectors(engine, name) {
  const texts = json(`${name}.json`);
  const expected = floats(`${name}.f32`);
  const { dimension } = engine;
  if (expected.length !== texts.length * dimension) {
    console.error(`${name}: ${expected.length} reference values for ${texts.length} texts of ${dimension}`);
    return false;
  }
  const start = performance.now();
  const found = encodeAll(engine, texts);
  const seconds = (performance.now() - start) / 1000;
  const { mean, min, worst, cosines } = agreement(found, expected, dimension);
  console.log(
    `${name}: ${texts.length} texts, cosine mean ${mean.toFixed(7)}, min ${min.toFixed(7)} (${seconds.toFixed(1)} s)`,
  );
  for (const i of worst.slice(0, Number(options.worst))) {
    console.log(`  ${cosines[i].toFixed(7)}  ${JSON.stringify(texts[i]).slice(0, 100)}`);
  }
  const scores = `${name}-scores.json`;
  if (existsSync(join(folder, scores))) {
    const human = json(scores);
    const pairs = (vectors) => human.map((_, i) => cosine(vectors, i, vectors, i + human.length, dimension));
    const ours = spearman(pairs(found), human);
    const theirs = spearman(pairs(expected), human);
    console.log(
      `${name}: Spearman ${ours.toFixed(5)}, reference ${theirs.toFixed(5)}, difference ${(ours - theirs).toFixed(5)}`,
    );
  }
  return Number.isFinite(mean);
}

function compareIds(engine) {
  const lines = readFileSync(join(folder, 'tokenizer.jsonl'), 'utf8').trimEnd().split('\n');
  const wrong = lines
    .map((line) => JSON.parse(line))
    .filter(({ text, ids }) => {
      const found = engine.tokenize(text);
      return found.length !== ids.length || !ids.every((id, i) => id === found[i]);
    });
  console.log(`tokenizer: ${lines.length - wrong.length} of ${lines.length} lines have the same ids`);
  for (const { text, ids } of wrong.slice(0, Math.max(3, Number(options.worst)))) {
    console.log(
      `  ${JSON.stringify(text).slice(0, 100)}\n    expected ${ids.slice(0, 24)}\n    found    ${engine.tokenize(text).slice(0, 24)}`,
    );
  }
  return wrong.length === 0;
}

const source =
  options.model ?? join(models, options.precision === 'int8' ? 'model-int8.safetensors' : 'checkpoint');
const engine = load(await bindings(), source, options.precision);
console.log(`${source}: ${JSON.stringify(engine.info())}`);

const results = readdirSync(folder)
  .filter((name) => name.endsWith('.f32'))
  .map((name) => compareVectors(engine, name.slice(0, -'.f32'.length)));
if (existsSync(join(folder, 'tokenizer.jsonl'))) results.push(compareIds(engine));
engine.free();
if (results.length === 0) console.error(`nothing to compare in ${folder}`);
process.exit(results.length > 0 && results.every(Boolean) ? 0 : 1);
