// Models that are too large to be calibrated are refused before anything is computed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './support/source.mjs';

const { calibrationBytes, checkMemory } = await source('pack/memory.ts');

const shape = (num_hidden_layers, hidden_size, intermediate_size) => ({
  num_hidden_layers,
  hidden_size,
  intermediate_size,
});

test('MiniLM and BERT-base can be calibrated', () => {
  for (const config of [shape(6, 384, 1536), shape(12, 768, 3072)]) checkMemory(config, 30_522);
});

test('BERT-large can not, and the error says what to do', () => {
  assert.throws(
    () => checkMemory(shape(24, 1024, 4096), 30_522),
    ({ code, message }) => code === 'unsupported' && /6\.\d GB.*--calibration none/.test(message),
  );
});

test('every map counts with its weights and its two squares', () => {
  assert.equal(calibrationBytes(shape(1, 2, 3), 5), 4 * (4 * 16 + 2 * (12 + 4 + 9) + 10));
});
