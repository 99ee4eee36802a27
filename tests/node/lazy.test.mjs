// Modules that are imported when they are first needed: what is said where that fails.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist } from './support/source.mjs';

const { lazy } = await import(pathToFileURL(join(dist, 'shared/lazy.js')));
const missing = () => import('./no-such-module.mjs');

afterEach(() => delete globalThis.ServiceWorkerGlobalScope);

test('a module that is not served is a `network` error that says what to check', async () => {
  await assert.rejects(lazy(missing), { code: 'network', message: /could not be loaded .*reload the page/ });
});

test('in a service worker, which cannot import later, the error says what to import instead', async () => {
  globalThis.ServiceWorkerGlobalScope = class {};
  await assert.rejects(lazy(missing), { code: 'unsupported', message: /edgebert\/edgebert\.min\.js/ });
});
