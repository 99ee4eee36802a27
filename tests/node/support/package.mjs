// The built package with a cache folder of its own, and a server for each test. Every test file is a process,
// so what is exported here belongs to one file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Origin } from './origin.mjs';
import { dist } from './source.mjs';

/** The cache folder; empty before each test. */
export const folder = mkdtempSync(join(tmpdir(), 'edgebert-'));
process.env.EDGEBERT_CACHE = folder;
/** The main entry. */
export const edgebert = await import(pathToFileURL(join(dist, 'index.js')));
/** With `server: true`: a server, another one for each test. */
export let origin;

/** Empties the cache before each test, and removes it after the last. */
export function usePackage({ server = false } = {}) {
  beforeEach(async () => {
    if (server) origin = await Origin.start();
    await edgebert.cache.clear();
  });
  afterEach(() => origin?.close());
  after(() => rmSync(folder, { recursive: true }));
}
