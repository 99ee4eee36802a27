// The built engine on the tiny checkpoints, against sentence-transformers' vectors.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bindings, load } from './engine.mjs';
import { agreement, cosine } from './statistics.mjs';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const engineModule = await bindings();

for (const name of ['tiny-bert-f32', 'tiny-bert-f16']) {
  const folder = join(fixtures, name);
  const { dimension, maxLength, cases } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const texts = cases.map(({ text }) => text);
  const pooled = cases.flatMap(({ pooled }) => pooled);

  test(`${name}: ids and limits`, () => {
    const engine = load(engineModule, folder, 'int8');
    assert.equal(engine.dimension, dimension);
    assert.equal(engine.maxLength, maxLength);
    for (const { text, ids } of cases) assert.deepEqual([...engine.tokenize(text)], ids, text);
    engine.free();
  });

  test(`${name}: float32 equals the reference`, () => {
    const engine = load(engineModule, folder, 'f32');
    const found = engine.encode(texts, false);
    for (const [i, { text, pooled }] of cases.entries()) {
      const scale = Math.max(...pooled.map(Math.abs));
      const errors = pooled.map((value, k) => Math.abs(value - found[i * dimension + k]) / scale);
      assert.ok(
        errors.every((error) => error <= 2e-5),
        `${JSON.stringify(text)} is off by ${Math.max(...errors)}`,
      );
    }
    engine.free();
  });

  test(`${name}: int8 is near the reference, and batches change no bit`, () => {
    const engine = load(engineModule, folder, 'int8');
    const found = engine.encode(texts, false);
    const { min } = agreement(found, pooled, dimension);
    assert.ok(min > 0.999, `lowest cosine ${min}`);
    const alone = texts.flatMap((text) => [...engine.encode([text], false)]);
    assert.deepEqual([...found], alone);
    const unit = engine.encode(texts, true);
    for (const i of texts.keys()) {
      assert.ok(cosine(unit, i, found, i, dimension) > 0.999999);
      assert.ok(Math.abs(Math.hypot(...unit.subarray(i * dimension, (i + 1) * dimension)) - 1) < 1e-6);
    }
    engine.free();
  });

  test(`${name}: the packed file is a safetensors file and loads as the same model`, () => {
    const engine = load(engineModule, folder, 'int8');
    const expected = engine.encode(texts, true);
    const temporary = mkdtempSync(join(tmpdir(), 'edgebert-'));
    try {
      const file = join(temporary, 'packed.safetensors');
      writeFileSync(file, pack(engine));
      const again = load(engineModule, file, 'int8');
      assert.deepEqual(again.encode(texts, true), expected);
      assert.deepEqual(again.info(), engine.info());
      again.free();
    } finally {
      rmSync(temporary, { recursive: true });
      engine.free();
    }
  });
}

function pack(engine) {
  const exporter = engine.exporter();
  const chunks = [];
  for (let chunk; (chunk = exporter.next(engine)) !== undefined;) chunks.push(Buffer.from(chunk));
  const header = Buffer.from(
    exporter.header(chunks.map((chunk) => createHash('sha256').update(chunk).digest('hex'))),
  );
  exporter.free();
  assert.equal(8 + Number(header.readBigUInt64LE()), header.length);
  const entries = Object.entries(JSON.parse(header.toString('utf8', 8))).filter(
    ([name]) => name !== '__metadata__',
  );
  const end = Math.max(
    ...entries.map(
      ([
        ,
        {
          data_offsets: [, end],
        },
      ]) => end,
    ),
  );
  assert.equal(
    end,
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  );
  return Buffer.concat([header, ...chunks]);
}
