// Times a multilingual model. Driven from bench/multilingual.mjs through `window.load`, `window.prepare` and
// `window.sample`.
import { memoryBytes } from './memory.js';
import { loadTransformers } from './engines.js';
import { calibrate, sample } from './stopwatch.js';

const WARM_UP_MS = 200;
const SAMPLE_MS = 100;
/** Short and long sentences in six languages and five scripts. */
const SENTENCES = [
  'The service will launch later this summer with 800 locations.',
  'How do I reset my password?',
  'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, während draußen Schnee fällt.',
  'Wie setze ich mein Passwort zurück?',
  'La bibliothèque municipale restera fermée jusqu’à la fin des travaux de rénovation.',
  'J’ai oublié mes identifiants de connexion.',
  'Съешь же ещё этих мягких французских булок, да выпей чаю, пока он не остыл.',
  'Как сбросить пароль?',
  '我能吞下玻璃而不伤身体。今天的天气很好，我们一起去公园散步吧。',
  '如何重置我的密码？',
  'パスワードをリセットするにはどうすればよいですか？今日はいい天気ですね。',
  'كيف يمكنني إعادة تعيين كلمة المرور الخاصة بي؟',
];
const encoder = new TextEncoder();
const bytesOf = (texts) => texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);

/** Sentences one after the other, so many a text. */
function joined(count, texts) {
  return Array.from({ length: texts }, (_, text) =>
    Array.from({ length: count }, (_, at) => SENTENCES[(5 * text + at) % SENTENCES.length]).join(' '),
  );
}

const TEXTS = { sentences: SENTENCES, paragraphs: joined(6, 12), 'long texts': joined(300, 2) };

/** Texts without a space, twice: four times as much should take four times as long. */
const UNBROKEN_BYTES = [250_000, 1_000_000];
const UNBROKEN = { 'one letter': 'a', 'all languages': SENTENCES.join('').replaceAll(' ', '') };

const loaders = {
  async edgebert() {
    const { WasmModel } = await import('/dist/edgebert.min.js');
    const model = await WasmModel.from_pretrained('/packed.safetensors', { cache: 'none' });
    return {
      encode: (texts) => model.encode(texts),
      tokenize: (text) => model.tokenize(text),
      count: (text) => model.countTokens(text),
    };
  },
  async 'transformers.js'() {
    const extract = await loadTransformers(1, { device: 'wasm', dtype: 'q8' }, 'multilingual');
    return {
      encode: async (texts) => (await extract(texts, { pooling: 'mean', normalize: true })).data,
      tokenize: (text) => extract.tokenizer.encode(text),
    };
  },
};

const loaded = new Map();
const timed = [];

/** Loads an engine: milliseconds until it is ready, and the WebAssembly memory that this page has then. */
window.load = async (name) => {
  const start = performance.now();
  loaded.set(name, await loaders[name]());
  return { ready: performance.now() - start, memory: memoryBytes() };
};

/** @returns the cases in the order of `sample`, and how far the engines' vectors are apart */
window.prepare = async (names) => {
  const cases = [];
  const time = async (engine, name, run, bytes) => {
    const repeat = async (times) => {
      for (let i = 0; i < times; i++) await run();
    };
    const { times } = await calibrate(repeat, WARM_UP_MS, SAMPLE_MS);
    timed.push(() => sample(repeat, times));
    cases.push({ engine, name, bytes });
  };
  const vectors = [];
  for (const name of names) {
    const { encode, tokenize, count } = loaded.get(name);
    const [short, long, paragraph] = [SENTENCES[1], SENTENCES[2], TEXTS.paragraphs[0]].map((text) => [text]);
    vectors.push(await encode(SENTENCES));
    await time(name, 'a question', () => encode(short));
    await time(name, 'a sentence', () => encode(long));
    await time(name, 'a paragraph', () => encode(paragraph));
    await time(name, `${SENTENCES.length} sentences in one call`, () => encode(SENTENCES));
    for (const [kind, texts] of Object.entries(TEXTS)) {
      const bytes = bytesOf(texts);
      await time(
        name,
        `tokenize ${kind} of ${Math.round(bytes / texts.length)} bytes`,
        () => texts.forEach(tokenize),
        bytes,
      );
      if (count) await time(name, `countTokens of ${kind}`, () => texts.forEach(count), bytes);
    }
    for (const [kind, unit] of Object.entries(count ? UNBROKEN : {})) {
      for (const least of UNBROKEN_BYTES) {
        const text = unit.repeat(Math.ceil(least / bytesOf([unit])));
        const bytes = bytesOf([text]);
        await time(
          name,
          `countTokens of ${kind} without a space, ${least / 1000} KB`,
          () => count(text),
          bytes,
        );
      }
    }
  }
  return { cases, cosine: vectors[1] && leastCosine(...vectors) };
};

/** Milliseconds of one repetition of a case. */
window.sample = (index) => timed[index]();

/** Of unit vectors that lie one after the other. */
function leastCosine(a, b) {
  const dimension = a.length / SENTENCES.length;
  const cosines = SENTENCES.map((_, text) => {
    let sum = 0;
    for (let i = text * dimension; i < (text + 1) * dimension; i++) sum += a[i] * b[i];
    return sum;
  });
  return Math.min(...cosines);
}
window.ready = true;
