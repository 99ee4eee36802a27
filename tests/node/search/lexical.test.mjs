// The words that BM25 counts, and its scores beside those of bm25s 0.2 (method "lucene").
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from '../support/source.mjs';
import { close, numbers } from '../vectors/support.mjs';

const { termsOf } = await source('search/index/terms.ts');
const { LexicalIndex } = await source('search/index/bm25.ts');

for (const [text, expected] of [
  ['The cat sat on the mat.', 'the cat sat on the mat'],
  ['ERR_1042', 'err 1042 err1042'],
  ['err-1042 err1042 ERR 1042', 'err 1042 err1042 err1042 err 1042'],
  ['0x80070005 (E_ACCESSDENIED)', '0x80070005 e accessdenied eaccessdenied'],
  ['שָׁלוֹם שלום co\u00adoperate', 'שלום שלום cooperate'],
  ['C++, C# and c', 'c c++ c c# and c'],
  ['Wi-Fi Wi‑Fi wifi', 'wi fi wifi wi fi wifi wifi'],
  ['Zoë ZOE ｚｏｅ cafe\u0301', 'zoe zoe zoe cafe'],
  ['Straße STRASSE ΟΔΟΣ οδος', 'strasse strasse οδος οδος'],
  ['İstanbul ﬁle', 'istanbul file'],
  ["John's don’t", 'john s johns don t dont'],
  ['node.js 10.0.0.1', 'node js nodejs 10 0 0 1 10001'],
  ['東京都', '東 京 都 東京 京都'],
  ['猫', '猫'],
  ['iPhone15を買う', 'iphone15 を 買 う を買 買う'],
  ['𠮷野', '𠮷 野 𠮷野'],
  ['서울에서', '서 울 에 서 서울 울에 에서'],
  ['ดีครับ', 'ดี ค รั บ ดีค ครั รับ'],
  ['हिन्दी भाषा', 'हिन्दी भाषा'],
  ['ٱلْعَرَبِيَّة', 'ٱلعربية'],
  ['so 🙂 \ud83d!', 'so 🙂'],
  [' \n—…?! ', ''],
]) {
  test(`the terms of ${JSON.stringify(text)}`, () => assert.equal(termsOf(text).join(' '), expected));
}

const TEXTS = [
  'The cat sat on the mat',
  'The dog barked',
  'Cats and dogs and the cat',
  'A mat',
  'Error ERR_1042 in the parser: the file is gone',
];
const FROM_BM25S = {
  'the cat': [1.2383859157562256, 0.35513459444046025, 1.1301275610923769, 0, 0.3111714839935303],
  mat: [0.8506131410598755, 0, 0, 1.187860655784607, 0],
  '1042, err': [0, 0, 0, 0, 1.9882591843605044],
  zebra: [0, 0, 0, 0, 0],
  'the The THE': [0.38777277469635013, 0.35513459444046025, 0.2795144528150559, 0, 0.3111714839935303],
};

test('texts without a break, of any length, have terms', () => {
  const long = 'x'.repeat(1000);
  for (const [text, least] of [
    ['漢', 2e5],
    ['ก', 2e5],
    ['a.', 4e5],
    ['a/b/', 2e5],
    ['x', 3e6],
    [`${long}.`, 500],
  ]) {
    const terms = termsOf(text.repeat(least));
    assert.ok(terms.length > 0, `${text.slice(0, 5)} × ${least}`);
  }
});

test('scores are those of bm25s', () => {
  const index = new LexicalIndex();
  TEXTS.forEach((text, slot) => index.put(slot, text));
  for (const [query, expected] of Object.entries(FROM_BM25S)) {
    index
      .scores(query, TEXTS.length)
      .forEach((score, slot) => close(score, expected[slot], 1e-6, `${query}, ${slot}`));
  }
});

test('nothing is found in nothing', () => {
  const index = new LexicalIndex();
  assert.deepEqual([...index.scores('cat', 2)], [0, 0]);
  index.put(1, 'cat');
  assert.deepEqual([...index.scores('', 2)], [0, 0]);
  index.put(1, undefined);
  assert.deepEqual([...index.scores('cat', 2)], [0, 0]);
});

test('after any changes, scores are those of a new index of the same texts', () => {
  const random = numbers(5);
  const pick = (below) => Math.floor(random() * below);
  const words = ['cat', 'dog', 'mat', 'the', 'ERR_1', 'ERR_2', '東京', 'Zoë'];
  const index = new LexicalIndex();
  const texts = new Array(30).fill(undefined);
  for (let step = 0; step < 4000; step++) {
    const slot = pick(texts.length);
    if (random() < 0.3) {
      index.remove(slot);
      texts[slot] = undefined;
    } else {
      texts[slot] = Array.from({ length: pick(12) }, () => words[pick(words.length)]).join(' ');
      index.put(slot, texts[slot]);
    }
    if (step % 400 !== 0) continue;
    const fresh = new LexicalIndex();
    texts.forEach((text, slot) => fresh.put(slot, text));
    for (const query of words) {
      const expected = fresh.scores(query, texts.length);
      index.scores(query, texts.length).forEach((score, slot) => close(score, expected[slot], 1e-12));
    }
    assert.equal(fresh.worn, false);
  }
  assert.equal(index.worn, true);
});
