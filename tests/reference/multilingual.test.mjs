// Two real multilingual models, which make_multilingual.py rebuilds from PyPI: they are left out where
// EDGEBERT_MULTILINGUAL does not name their folder.
//
//   python tests/reference/make_multilingual.py --out /tmp/multilingual
//   EDGEBERT_MULTILINGUAL=/tmp/multilingual node --test tests/reference/multilingual.test.mjs
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { wrapperWith } from '../../scripts/lib/pack-model.mjs';
import { cosine } from './statistics.mjs';

const folder = process.env.EDGEBERT_MULTILINGUAL;
const skip = folder && existsSync(folder) ? false : 'EDGEBERT_MULTILINGUAL names no folder of models';
const modelFolder = (name) => pathToFileURL(join(folder, name));
const wrapper = skip ? undefined : await wrapperWith(fileURLToPath(new URL('../../pkg/', import.meta.url)));

/** The README's example: a question, another with its meaning, and one about something else. */
const EXAMPLES = {
  en: ['How do I reset my password?', 'I forgot my login details', 'The weather is lovely today'],
  de: [
    'Wie setze ich mein Passwort zurück?',
    'Ich habe meine Zugangsdaten vergessen',
    'Das Wetter ist heute herrlich',
  ],
  ru: ['Как сбросить пароль?', 'Я забыл данные для входа', 'Сегодня прекрасная погода'],
  ja: [
    'パスワードをリセットするにはどうすればよいですか？',
    'ログイン情報を忘れました',
    '今日はいい天気です',
  ],
};

test('a question in any of four languages finds its meaning in any other', { skip }, async (t) => {
  const engine = await wrapper.load(modelFolder('multilingual-e5-small'), 'int8');
  const encode = (texts, prompt) => engine.encode(texts, true, prompt);
  const { dimension } = engine;
  let narrowest = Infinity;
  for (const [from, [question]] of Object.entries(EXAMPLES)) {
    const query = encode([question], 'query: ');
    for (const [to, [, same, other]] of Object.entries(EXAMPLES)) {
      const found = encode([same, other], 'passage: ');
      const [near, far] = [0, 1].map((row) => cosine(query, 0, found, row, dimension));
      assert.ok(near > far, `${from} to ${to}: ${near} for the same meaning, ${far} for another`);
      narrowest = Math.min(narrowest, near - far);
    }
  }
  t.diagnostic(`the smallest difference of cosines is ${narrowest.toFixed(3)}`);
  engine.free();
});

test('a static model is the mean of its rows times the weights of their tokens', { skip }, async (t) => {
  const texts = [...Object.values(EXAMPLES).flat(), '', '.', 'a.b. c', '\u{10FFFF}', 'x '.repeat(600)];
  const mean = rowsOf(readFileSync(join(folder, 'static-multilingual', 'model.safetensors')));
  for (const precision of ['f32', 'int8']) {
    const engine = await wrapper.load(modelFolder('static-multilingual'), precision);
    let worst = 0;
    for (const text of texts) {
      const expected = mean(engine.tokenize(text).slice(0, engine.maxLength));
      const found = engine.encode([text], true);
      for (const [at, value] of found.entries()) worst = Math.max(worst, Math.abs(value - expected[at]));
    }
    assert.ok(worst < 2e-5, `${precision} is off by ${worst}`);
    t.diagnostic(`${precision}: worst error ${worst.toExponential(1)}`);
    engine.free();
  }
});

/** model2vec's formula in float64: the unknown token, which is number 3 here, does not count. */
function rowsOf(bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const at = (name) => 8 + length + header[name].data_offsets[0];
  const [, width] = header.embeddings.shape;
  return (ids) => {
    const sum = new Float64Array(width);
    for (const id of ids) {
      if (id === 3) continue;
      const row = Number(bytes.readBigInt64LE(at('mapping') + 8 * id));
      const weight = bytes.readFloatLE(at('weights') + 4 * id);
      for (let i = 0; i < width; i++) sum[i] += weight * bytes.readInt8(at('embeddings') + row * width + i);
    }
    const norm = Math.hypot(...sum) || 1;
    return sum.map((value) => value / norm);
  };
}
