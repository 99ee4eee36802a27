// Models of every kind in tests/fixtures/models, against transformers and sentence-transformers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { wrapperWith } from '../../scripts/lib/pack-model.mjs';
import { cosine } from './statistics.mjs';

const fixtures = fileURLToPath(new URL('../fixtures/models/', import.meta.url));
const { load, pack } = await wrapperWith(fileURLToPath(new URL('../../pkg/', import.meta.url)));
/** The agreed limits: relative to the largest component, and of cosines where hidden is 64 or more. */
const F32_ERROR = 2e-5;
const INT8_COSINE = 0.999;
/** Smaller models have fewer weights to average the rounding over. */
const INT8_COSINE_SMALL = 0.995;

for (const name of readdirSync(fixtures)) {
  const folder = pathToFileURL(join(fixtures, name));
  const expected = JSON.parse(readFileSync(join(fixtures, name, 'expected.json'), 'utf8'));

  test(`${name}: float32 equals the reference`, async (t) => {
    const engine = await load(folder, 'f32');
    assert.equal(engine.maxLength, expected.maxLength);
    let worst = 0;
    for (const { expect, found, what } of answers(engine, expected)) {
      assert.equal(found.length, expect.length);
      const scale = Math.max(...expect.map(Math.abs)) || 1;
      const error = Math.max(...expect.map((value, at) => Math.abs(value - found[at]))) / scale;
      assert.ok(error <= F32_ERROR, `${what} is off by ${error}`);
      worst = Math.max(worst, error);
    }
    t.diagnostic(`worst float32 error ${worst.toExponential(1)}`);
    engine.free();
  });

  test(`${name}: int8 is near the reference, and the packed file is the same model`, async (t) => {
    const engine = await load(folder, 'int8');
    const info = engine.info();
    const least = info.hidden >= 64 ? INT8_COSINE : INT8_COSINE_SMALL;
    let lowest = 1;
    for (const { expect, found, what } of answers(engine, expected)) {
      // One score has no direction, and neither has the vector of a text without tokens.
      const near = expect.every((value) => value === 0)
        ? Number(found.every((value) => value === 0))
        : expect.length > 1
          ? cosine(found, 0, expect, 0, expect.length)
          : 1 - Math.abs(found[0] - expect[0]) / 4;
      assert.ok(near >= least, `${what}: cosine ${near}`);
      lowest = Math.min(lowest, near);
    }
    t.diagnostic(`lowest int8 cosine ${lowest.toFixed(5)}`);
    const packed = await pack(folder);
    const again = await load({ weights: packed }, 'int8');
    assert.deepEqual(again.info(), info);
    const [before, after] = [answers(engine, expected), answers(again, expected)];
    before.forEach(({ found }, at) => assert.deepEqual(after[at].found, found));
    assert.deepEqual(exported(again), Buffer.from(await packed.arrayBuffer()));
    engine.free();
    again.free();
  });
}

/** The packed file that an engine writes of its model. */
function exported(engine) {
  const exporter = engine.exporter();
  const pieces = [];
  for (let piece = exporter.next(engine); piece; piece = exporter.next(engine)) pieces.push(piece);
  const hashes = pieces.map((piece) => createHash('sha256').update(piece).digest('hex'));
  const header = exporter.header(hashes);
  exporter.free();
  return Buffer.concat([header, ...pieces]);
}

/** What the engine says beside what it should. */
function answers(engine, { cases = [], prompted = [], pairs = [] }) {
  return [
    ...cases.map(({ text, vector }) => ({ what: text, expect: vector, found: engine.encode([text], false) })),
    ...prompted.map(({ prompt, text, unit }) => ({
      what: prompt,
      expect: unit,
      found: engine.encode([text], true, prompt),
    })),
    ...pairs.map(({ query, document, scores }) => ({
      what: document,
      expect: scores,
      found: engine.score(query, [document]),
    })),
  ];
}
