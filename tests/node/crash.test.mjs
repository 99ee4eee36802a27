// After a crash of the engine on this thread, models are loaded into another instance. Its memory is
// overwritten here, so that the crash is a real one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';
import { filesOf } from './support/tiny.mjs';

const load = (path) => import(pathToFileURL(join(dist, path)));
const { WasmModel, CrossEncoder, EdgeBertError } = await load('index.js');
const { engineMemory } = await load('engine/bindings.js');

const texts = ['the cat sat on the mat', 'a hat'];

function files(name = 'tiny-bert-f32') {
  const all = filesOf(name);
  const text = (path) => all.get(path).toString();
  return {
    weights: new Uint8Array(all.get('model.safetensors')),
    config: text('config.json'),
    tokenizer: text('tokenizer.json'),
  };
}

/** Has the next call into the engine trap. */
function corrupt() {
  new Uint8Array(engineMemory().buffer).fill(0xff);
}

/** The console hears of panics. */
async function quietly(work) {
  const { error } = console;
  console.error = () => {};
  try {
    return await work();
  } finally {
    console.error = error;
  }
}

const state = (message) => (error) =>
  error instanceof EdgeBertError && error.code === 'state' && message.test(error.message);

test('a model that is loaded after a crash works, and those of before say what happened', () =>
  quietly(async () => {
    const crashed = await WasmModel.from_pretrained(files());
    const beside = await CrossEncoder.from_pretrained(files('models/cross-one'));
    const expected = crashed.encode(texts);
    corrupt();
    assert.throws(() => crashed.encode(texts), state(/crashed .*Load the model again/));
    for (const call of [
      () => crashed.encode(texts),
      () => crashed.maxLength,
      () => beside.score('a', ['b']),
      () => beside.tokenize('a'),
    ]) {
      assert.throws(call, state(/^The WebAssembly engine of this model crashed\. Load the model again\.$/));
    }

    const again = await WasmModel.from_pretrained(files());
    assert.deepEqual(again.encode(texts), expected);
    // What the old ones free would be somebody else's memory by now.
    crashed.free();
    beside.free();
    assert.throws(() => crashed.encode(texts), state(/freed/));
    assert.deepEqual(again.encode(texts), expected);
    again.free();
  }));

test('it is the same again after another crash, and for a model made of bytes at hand', () =>
  quietly(async () => {
    const { weights, config, tokenizer } = files();
    const first = new WasmModel(weights, config, tokenizer);
    const expected = first.encode(texts);
    corrupt();
    assert.throws(() => first.countTokens('a'), state(/crashed/));
    const second = new WasmModel(weights, config, tokenizer);
    assert.deepEqual(second.encode(texts), expected);
    assert.match(second.info.fingerprint, /^[0-9a-f]{64}$/);
    corrupt();
    assert.throws(() => second.encode(texts), state(/crashed/));
    assert.throws(() => second.info, state(/crashed/));
    const third = new WasmModel(weights, config, tokenizer);
    assert.deepEqual(third.encode(texts), expected);
  }));

test('a load that a crash interrupts says so, and the next one works', () =>
  quietly(async () => {
    const given = files();
    const victim = new WasmModel(given.weights, given.config, given.tokenizer);
    let events = 0;
    const loading = WasmModel.from_pretrained(given, {
      onProgress: () => {
        if (events++ > 0) return;
        corrupt();
        assert.throws(() => victim.encode(texts));
      },
    });
    await assert.rejects(loading, state(/crashed|dropped while it was being loaded/));
    assert.ok(events > 0);
    const again = await WasmModel.from_pretrained(files());
    assert.equal(again.encode(texts).length, 2 * again.dimension);
  }));
