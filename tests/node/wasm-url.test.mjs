// The engine is loaded once: who gives it another address later is told that it is not used.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { WasmModel, WorkerModel, default as init } from '../../dist/index.js';
import { dist, packedFile } from './support/source.mjs';

const engine = pathToFileURL(join(dist, 'edgebert_bg.wasm'));
const elsewhere = 'https://cdn.test/edgebert_bg.wasm';
const message = new RegExp(`^\`wasmUrl\` is not used: .* ${engine.href} already, not from ${elsewhere}\\. `);

/** Loads a model, and returns what it warns of. */
async function warningsOf(Model, wasmUrl) {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning);
  const model = await Model.from_pretrained(pathToFileURL(packedFile), { wasmUrl, onWarning });
  model.dispose();
  return warnings;
}

test('a first address that fails is forgotten, and the next one counts', async () => {
  await assert.rejects(init({ wasmUrl: 'https://[::1]:1/edgebert_bg.wasm' }), { code: 'network' });
  await init({ wasmUrl: engine });
  await init({ wasmUrl: engine.href });
  await init();
});

for (const Model of [WasmModel, WorkerModel]) {
  test(`${Model.name}: another address is a warning, the same one or none is not`, async () => {
    const [warning, ...others] = await warningsOf(Model, elsewhere);
    assert.equal(others.length, 0);
    assert.equal(warning?.code, 'state');
    assert.match(warning.message, message);
    assert.deepEqual(await warningsOf(Model, engine), []);
    assert.deepEqual(await warningsOf(Model, undefined), []);
  });
}

test('init with another address fails', async () => {
  await assert.rejects(init({ wasmUrl: elsewhere }), { code: 'state', message });
});
