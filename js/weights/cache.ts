import { IndexedDbStore } from './indexeddb.js';
import type { ModelStore } from './store.js';

/** The store of this platform; rejects where it has none that can be used. */
export async function openStore(): Promise<ModelStore> {
  return IndexedDbStore.open();
}
