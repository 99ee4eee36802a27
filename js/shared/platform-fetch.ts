import { lazy } from './lazy.js';
import { builtin } from './node.js';

/** `fetch`, which reads file: addresses as well if there is a file system. */
export const platformFetch: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!url.startsWith('file:') || !builtin('node:fs')) return fetch(input, init);
  const { fetchFile } = await lazy(() => import('./file-fetch.js'));
  return fetchFile(url, init);
};
