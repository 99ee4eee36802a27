// edgebert/transformers: which model a name and its options mean.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pipeline } from 'edgebert/transformers';
import { packedFile } from '../support/source.mjs';

/** Serves the packed model at one address, and notes what was asked for. */
function server(path) {
  const asked = [];
  const fetch = async (url) => {
    asked.push(new URL(url).pathname);
    return asked.at(-1) === path ? new Response(readFileSync(packedFile)) : new Response('', { status: 404 });
  };
  return { asked, options: { baseUrl: 'https://models.test/', cache: 'none', fetch } };
}

for (const revision of ['main', '751bff37182d3f1213fa05d7196b954e230abad9']) {
  test(`a mirror's revision ${revision} says nothing of the original`, async () => {
    const path = '/all-MiniLM-L6-v2/model-int8.safetensors';
    const { asked, options } = server(path);
    const extract = await pipeline('feature-extraction', 'Xenova/all-MiniLM-L6-v2', { ...options, revision });
    const { dims } = await extract('a text', { pooling: 'mean' });
    assert.deepEqual([dims, asked], [[1, 384], [path]]);
    await extract.dispose();
  });
}

test('a revision of the original itself is read', async () => {
  const id = 'sentence-transformers/all-MiniLM-L6-v2';
  const { asked, options } = server('nothing');
  const loading = pipeline('feature-extraction', id, { ...options, revision: 'v2' });
  await assert.rejects(loading, { code: 'network' });
  assert.match(asked[0], new RegExp(`^/${id}/resolve/v2/`));
});

test('options that nothing heeds are refused: a misspelt one gave vectors of another length', async () => {
  const { options } = server('/all-MiniLM-L6-v2/model-int8.safetensors');
  const extract = await pipeline('feature-extraction', 'Xenova/all-MiniLM-L6-v2', options);
  for (const [how, message] of [
    [{ normalise: true }, /The pipeline has no option `normalise`; did you mean `normalize`\?/],
    [{ normalize: 'true' }, /`normalize` must be a boolean/],
    [{ quantize: true, precision: 'int8' }, /`precision` must be 'binary' or 'ubinary'/],
  ]) {
    await assert.rejects(extract('a text', { pooling: 'mean', ...how }), { name: 'TypeError', message });
  }
  await extract.dispose();
  for (const model of [{}, Promise.resolve(extract.model)]) {
    const message = /`model` must be the name of a model, or a loaded one/;
    await assert.rejects(pipeline('feature-extraction', model), { name: 'TypeError', message });
  }
});
