// What a console, a debugger and an error message call the package's classes and functions.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';

const entries = [
  'index',
  'inline',
  'edgebert.min',
  'transformers',
  'langchain',
  'semantic-embedder',
  'ai-sdk',
];

for (const entry of entries) {
  test(`${entry}.js exports classes and functions under their own names`, async () => {
    const { default: _, ...all } = await import(pathToFileURL(join(dist, `${entry}.js`)));
    const named = Object.entries(all).filter(([, value]) => typeof value === 'function');
    assert.ok(named.length > 0);
    for (const [name, value] of named) assert.equal(value.name, name);
  });
}
