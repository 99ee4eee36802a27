// Texts that are longer than a model reads: one warning, and a count.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';
import { filesOf } from './support/tiny.mjs';

const { WasmModel, WorkerModel, CrossEncoder, WorkerCrossEncoder } = await import(
  pathToFileURL(join(dist, 'index.js'))
);

function files(name) {
  const all = filesOf(name);
  return {
    weights: new Uint8Array(all.get('model.safetensors')),
    config: all.get('config.json').toString(),
    tokenizer: all.get('tokenizer.json').toString(),
  };
}

async function load(Class, name) {
  const warnings = [];
  const model = await Class.from_pretrained(files(name), {
    maxLength: 6,
    onWarning: ({ code, message }) => warnings.push(`${code}: ${message}`),
  });
  const ofTruncation = () => warnings.filter((warning) => warning.includes('`maxLength` (6)'));
  return { model, ofTruncation };
}

const FITS = 'the cat sat on';
const LONG = 'the cat sat on the mat';

for (const Class of [WasmModel, WorkerModel]) {
  test(`${Class.name} counts the texts that it truncates, and warns once`, async () => {
    const { model, ofTruncation } = await load(Class, 'tiny-bert-f32');
    assert.equal(await model.countTokens(FITS), 6);
    await model.encode([FITS, '', `${FITS} \n `]);
    assert.equal(model.truncatedTexts, 0);
    assert.deepEqual(ofTruncation(), []);
    await model.encode([FITS, LONG, LONG]);
    assert.equal(model.truncatedTexts, 2);
    // Six each, but for the empty text.
    assert.equal(model.encodedTokens, 6 + 2 + 6 + 3 * 6);
    assert.equal(ofTruncation().length, 1);
    assert.match(ofTruncation()[0], /^state: A text .*`countTokens`.*`truncatedTexts`.*`chunk`/);
    await model.encodeQuery(LONG);
    if (Class === WorkerModel) for await (const _ of model.encodeStream([LONG, FITS]));
    else model.encode([LONG]);
    assert.equal(model.truncatedTexts, 4);
    assert.equal(ofTruncation().length, 1);
    model.dispose();
  });
}

for (const Class of [CrossEncoder, WorkerCrossEncoder]) {
  test(`${Class.name} counts the documents that it truncates, and warns once`, async () => {
    const { model, ofTruncation } = await load(Class, 'models/cross-one');
    await model.score('cat', ['hat', 'the']);
    assert.equal(model.truncatedTexts, 0);
    assert.equal(model.encodedTokens, 2 * 5);
    await model.rank('the cat', ['hat', LONG, LONG]);
    assert.equal(model.truncatedTexts, 2);
    assert.equal(ofTruncation().length, 1);
    model.dispose();
  });
}

test('a warning that throws stops nothing', async () => {
  const model = await WorkerModel.from_pretrained(files('tiny-bert-f32'), {
    maxLength: 6,
    onWarning: () => {
      throw new Error('mine');
    },
  });
  process.removeAllListeners('warning');
  assert.equal((await model.encode([LONG])).length, model.dimension);
  assert.equal(model.truncatedTexts, 1);
  model.dispose();
});
