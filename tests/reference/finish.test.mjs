// The two halves of an encode: tokens and hidden states, then what the engine makes of hidden states.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bindings, load } from './engine.mjs';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const engineModule = await bindings();
const texts = ['hello world', '', 'a longer text, with more than a few of the words', 'two words'];

for (const folder of ['tiny-bert-f32', 'models/cls-gelu', 'models/several', 'models/weighted-tanh']) {
  test(`${folder}: hidden states that go out and come in again give the same vectors, bit for bit`, () => {
    const engine = load(engineModule, join(fixtures, folder), 'int8');
    const { ids, types, lengths, skipped } = engine.tokenizeBatch(texts, '');
    assert.deepEqual(
      [...ids],
      texts.flatMap((text) => [...engine.tokenize(text)].slice(0, engine.maxLength)),
    );
    assert.deepEqual([types.length, skipped], [0, 0]);
    const rows = engine.hidden(texts);
    assert.equal(rows.length, ids.length * engine.info().hidden);
    for (const normalize of [true, false]) {
      assert.deepEqual(engine.finish(rows, lengths, 0, normalize), engine.encode(texts, normalize));
    }
    engine.free();
  });
}

test('a prompt that pooling passes over is told', () => {
  const engine = load(engineModule, join(fixtures, 'models/prompt'), 'int8');
  const prompt = 'query: ';
  const { lengths, skipped } = engine.tokenizeBatch(texts, prompt);
  assert.equal(skipped, engine.countTokens(prompt) - 1);
  const rows = engine.hidden(texts.map((text) => prompt + text));
  assert.deepEqual(engine.finish(rows, lengths, skipped, true), engine.encode(texts, true, prompt));
  engine.free();
});

test('pairs have types, and a model of the other kind is refused', () => {
  const engine = load(engineModule, join(fixtures, 'models/cross-one'), 'int8');
  const { ids, types, lengths } = engine.tokenizePairs('which words?', texts);
  assert.equal(types.length, ids.length);
  assert.equal(lengths.length, texts.length);
  assert.deepEqual([...new Set(types)], [0, 1]);
  engine.free();
  const other = load(engineModule, join(fixtures, 'tiny-bert-f32'), 'int8');
  assert.throws(() => other.tokenizePairs('which words?', texts), { code: 'state' });
  other.free();
});

test('rows that no layer norm gives are refused', () => {
  const engine = load(engineModule, join(fixtures, 'tiny-bert-f32'), 'int8');
  const { lengths } = engine.tokenizeBatch(texts, '');
  const rows = engine.hidden(texts);
  const { hidden } = engine.info();
  const changed = (value) => rows.map((x, i) => (i >= hidden && i < 2 * hidden ? value : x));
  for (const [bad, of] of [
    [changed(0), lengths],
    [changed(NaN), lengths],
    [changed(Infinity), lengths],
    [rows.subarray(1), lengths],
    [rows, lengths.subarray(1)],
    [rows, Uint32Array.of(...lengths, 0)],
    [rows, Uint32Array.of(2 ** 32 - 1, 2 ** 32 - 1)],
  ]) {
    assert.throws(() => engine.finish(bad, of, 0, true), { code: 'state', message: /token/ });
  }
  assert.equal(engine.finish(rows, lengths, 1000, true).length, texts.length * engine.dimension);
  engine.free();
});

test('the layout is the header, but for the hashes', () => {
  const engine = load(engineModule, join(fixtures, 'tiny-bert-f32'), 'int8');
  const exporter = engine.exporter();
  const layout = JSON.parse(exporter.layout());
  const pieces = [];
  for (let piece = exporter.next(engine); piece; piece = exporter.next(engine)) pieces.push(piece);
  const bytes = exporter.header(pieces.map(() => '0'.repeat(64)));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8)));
  delete header.__metadata__.chunks;
  assert.deepEqual(layout, header);
  exporter.free();
  engine.free();
});
