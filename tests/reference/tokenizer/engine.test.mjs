// The tokenizer through the engine's bindings: strings as JavaScript has them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bindings, load } from '../engine.mjs';

const engineModule = await bindings();
const engine = load(
  engineModule,
  fileURLToPath(new URL('../../fixtures/tiny-bert-f32', import.meta.url)),
  'int8',
);
const text = 'The Cat 😀 sat,\n on thé MAT!';

test('tokens come with their ids and their places', () => {
  const { ids, tokens, offsets } = engine.tokenizeWithOffsets(text);
  assert.deepEqual(ids, engine.tokenize(text));
  assert.equal(engine.countTokens(text), ids.length);
  assert.equal(tokens.length, ids.length);
  assert.equal(offsets.length, 2 * ids.length);
  assert.deepEqual([tokens[0], tokens.at(-1)], ['[CLS]', '[SEP]']);
  assert.deepEqual([...offsets.subarray(0, 2), ...offsets.subarray(-2)], [0, 0, 0, 0]);
  for (let i = 1; i < ids.length - 1; i++) {
    const place = text.slice(offsets[2 * i], offsets[2 * i + 1]);
    if (tokens[i] === '[UNK]') continue;
    assert.equal(
      place
        .normalize('NFD')
        .replace(/\p{Mn}/gu, '')
        .toLowerCase(),
      tokens[i].replace(/^##/, ''),
    );
  }
});

test('a lone surrogate counts as U+FFFD', () => {
  for (const lone of ['\ud800', '\udfff', 'a\ud83d', '\ude00b', '\ud83d\ud83d\ude00']) {
    const replaced = lone.toWellFormed();
    assert.deepEqual(engine.tokenize(lone), engine.tokenize(replaced));
    assert.deepEqual(
      engine.tokenizeWithOffsets(`${lone} cat`),
      engine.tokenizeWithOffsets(`${replaced} cat`),
    );
    const chunks = engine.chunk(lone, 8, 0);
    assert.deepEqual([chunks[0].start, chunks.at(-1).end], [0, lone.length]);
  }
});

test('chunks are places in the text', () => {
  const long = `${text} `.repeat(40);
  const chunks = engine.chunk(long, 12, 3);
  let before = [0, 0];
  for (const { start, end } of chunks) {
    assert.ok(start <= before[1] && start >= before[0] && end > before[1]);
    assert.ok(engine.countTokens(long.slice(start, end)) <= 12);
    assert.ok(long.slice(start, end).isWellFormed());
    before = [start, end];
  }
  assert.equal(before[1], long.length);
  assert.equal(engine.chunk('', 12, 3).length, 0);
});

test('limits without room are refused by name', () => {
  for (const [most, overlap, field] of [
    [2, 0, 'maxTokens'],
    [10, 8, 'overlap'],
  ]) {
    assert.throws(
      () => engine.chunk(text, most, overlap),
      (error) => error.code === 'unsupported' && error.message.includes(field),
    );
  }
});
