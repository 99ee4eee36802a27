import { EdgeBertError } from '../shared/errors.js';
import { lazy } from '../shared/lazy.js';
import { builtin } from '../shared/node.js';
import { IndexedDbStore } from './indexeddb-store.js';
import type { ModelStore } from './model-store.js';

/** The store of this platform; rejects with the reason if there is none. */
export async function openStore(): Promise<ModelStore> {
  if (typeof indexedDB !== 'undefined') return IndexedDbStore.open();
  if (builtin('node:fs/promises')) {
    const { FileStore } = await lazy(() => import('./file-store.js'));
    const files = FileStore.open();
    if (files) return files;
  }
  throw new EdgeBertError('unsupported', 'there is no IndexedDB');
}
