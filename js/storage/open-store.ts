import { EdgeBertError } from '../shared/errors.js';
import { FileStore } from './file-store.js';
import { IndexedDbStore } from './indexeddb-store.js';
import type { ModelStore } from './model-store.js';

/** The store of this platform; rejects with the reason if there is none. */
export async function openStore(): Promise<ModelStore> {
  if (typeof indexedDB !== 'undefined') return IndexedDbStore.open();
  const files = FileStore.open();
  if (files) return files;
  throw new EdgeBertError('unsupported', 'there is no IndexedDB');
}
