// Times tokenizers. Driven from bench/tokenizer.mjs through `window.prepare`, `window.round` and
// `window.facts`.
import { loadEdgebert } from './engines.js';
import { words } from './sentences.js';
import { calibrate, sample } from './stopwatch.js';
import { textOf } from './texts.js';

const WARM_UP_MS = 60;
const SAMPLE_MS = 120;
const TEXT_BYTES = 500_000;
const DOCUMENT_WORDS = 180;
const STRESS_BYTES = 1_000_000;
const MODEL_FOLDER = '/transformers-model/MiniLM';

const prose = repeated(`${words.join(' ')} `, TEXT_BYTES);
const documents = [];
const proseWords = prose.split(' ');
for (let at = 0; at < proseWords.length; at += DOCUMENT_WORDS)
  documents.push(proseWords.slice(at, at + DOCUMENT_WORDS).join(' '));

/** ASCII, so that a character is a byte. */
function repeated(text, bytes) {
  return text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
}

const stress = {
  'one letter, without a space': 'a'.repeat(STRESS_BYTES),
  'letters and digits, without a space': repeated('un4believ7ably9', STRESS_BYTES),
  'words that take the most pieces': repeated(`${'unbelievablyy'.repeat(7)} `, STRESS_BYTES),
  punctuation: repeated('[](){}..', STRESS_BYTES),
  spaces: ' '.repeat(STRESS_BYTES),
};
/** The same text in other letters; megabytes of UTF-8. */
const scripts = {
  German: 'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, während draußen Schnee fällt. ',
  Russian: 'Съешь же ещё этих мягких французских булок, да выпей чаю, пока он не остыл. ',
  Chinese: '我能吞下玻璃而不伤身体。今天的天气很好，我们一起去公园散步吧。',
  Korean: '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. ',
};

const timed = [];
let facts;

function time(name, run, { bytes } = {}) {
  timed.push({ name, run, bytes });
}

/** @returns the names of what is timed, in the order of the samples */
window.prepare = async (alone) => {
  const [config, json] = await Promise.all(
    ['tokenizer_config.json', 'tokenizer.json'].map(async (file) =>
      (await fetch(`${MODEL_FOLDER}/${file}`)).text(),
    ),
  );
  const { model } = await loadEdgebert();
  const { default: init, Bridge } = await import('/tokenizer/tokenizer.js');
  await init();
  const bridge = Bridge.fromJson(json);
  const [vocabulary, options] = bridge.pack();
  const tokenizers = { edgebert: (text) => model.tokenize(text) };
  if (!alone) Object.assign(tokenizers, await peers(json, config));

  for (const [name, tokenize] of Object.entries(tokenizers)) {
    time(`${name}: one text`, () => tokenize(prose), { bytes: prose.length });
    time(`${name}: documents`, () => documents.forEach(tokenize), { bytes: prose.length });
  }
  time('edgebert: count', () => model.countTokens(prose), { bytes: prose.length });
  time('edgebert: with offsets', () => bridge.offsets(prose), { bytes: prose.length });
  time('edgebert: chunks of 256', () => bridge.chunk(prose, 256, 32), { bytes: prose.length });
  for (const [name, text] of Object.entries(stress))
    time(`edgebert: ${name}`, () => model.countTokens(text), { bytes: STRESS_BYTES });
  for (const [name, line] of Object.entries(scripts)) {
    const text = line.repeat(4000);
    time(`edgebert: ${name}`, () => model.countTokens(text), {
      bytes: new TextEncoder().encode(text).length,
    });
  }
  const text = textOf((candidate) => model.countTokens(candidate), 128, 0);
  time('ready from the packed model', () => Bridge.fromPacked(vocabulary, options).free());
  time('tokenizing 128 tokens', () => model.tokenize(text));
  time('encoding 128 tokens', () => model.encode([text]));

  for (const entry of timed) {
    const run = (times) => {
      for (let i = 0; i < times; i++) entry.run();
    };
    const { times } = await calibrate(run, WARM_UP_MS, SAMPLE_MS);
    entry.sample = () => sample(run, times);
  }
  facts = {
    bytes: Object.fromEntries(timed.map(({ name, bytes }) => [name, bytes])),
    memory: bridge.memory(),
    documents: documents.length,
    agree: agreement(tokenizers),
  };
  return timed.map(({ name }) => name);
};

async function peers(json, config) {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const tokenizer = new Tokenizer(JSON.parse(json), JSON.parse(config));
  const { AutoTokenizer, env } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/transformers-model/';
  const automatic = await AutoTokenizer.from_pretrained('MiniLM');
  return {
    '@huggingface/tokenizers': (text) => tokenizer.encode(text).ids,
    'transformers.js': (text) => automatic.encode(text),
  };
}

/** Of how many texts each tokenizer has the same ids as edgebert's. */
function agreement({ edgebert, ...others }) {
  const texts = [...documents.slice(0, 100), ...Object.values(scripts)];
  const same = (tokenize) =>
    texts.filter((text) => Array.from(tokenize(text)).join() === edgebert(text).join()).length;
  return Object.fromEntries(
    Object.entries(others).map(([name, tokenize]) => [name, `${same(tokenize)} of ${texts.length}`]),
  );
}

/** One sample of everything in turn, in milliseconds per run. */
window.round = async () => {
  const samples = [];
  for (const entry of timed) samples.push(await entry.sample());
  return samples;
};

window.facts = () => facts;
window.ready = true;
