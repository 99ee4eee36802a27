// Models that are too large to be calibrated for compact files are known before anything is computed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { calibrationBytes, tooLarge } = await source('pack/memory.ts');

const shape = (num_hidden_layers, hidden_size, intermediate_size) => ({
  num_hidden_layers,
  hidden_size,
  intermediate_size,
});

test('MiniLM and BERT-base can be calibrated', () => {
  for (const config of [shape(6, 384, 1536), shape(12, 768, 3072)]) {
    assert.equal(tooLarge(config, 30_522), undefined);
  }
});

test('BERT-large can not, and the reason has the figure', () => {
  assert.match(tooLarge(shape(24, 1024, 4096), 30_522), /take 6\.\d GB of memory/);
});

test('every map counts with its weights and its two squares', () => {
  assert.equal(calibrationBytes(shape(1, 2, 3), 5), 4 * (4 * 16 + 2 * (12 + 4 + 9) + 10));
});
